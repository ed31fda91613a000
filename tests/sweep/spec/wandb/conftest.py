"""W&B sweep files laid out as their repositories have them."""

import textwrap

import pytest

from sweep import spec


@pytest.fixture
def load(tmp_path, monkeypatch):
    """`load(text, *programs)`: the study of a sweep file beside these programs."""

    def load(text, *programs, name="sweep.yaml", **options):
        for program in (name, *programs):
            (tmp_path / program).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / program).touch()
        (tmp_path / name).write_text(textwrap.dedent(text), encoding="utf-8")
        (tmp_path / ".git").mkdir(exist_ok=True)
        monkeypatch.chdir(tmp_path)
        return spec.load(name, **options)

    return load
