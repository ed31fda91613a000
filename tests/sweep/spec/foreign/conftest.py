"""Files of other tools, beside a trainer and a Hydra script."""

import textwrap

import pytest


@pytest.fixture
def lay_out(tmp_path, monkeypatch):
    """`lay_out(name, text)`: a file beside a trainer and a Hydra script."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text("def train(config, run): ...\n")
    (tmp_path / "main.py").write_text(
        "import hydra\n@hydra.main(config_name='config')\ndef f(c): ...\n"
    )

    def lay_out(name, text):
        (tmp_path / name).write_text(textwrap.dedent(text))
        return name

    return lay_out
