"""A sweep that is an option of a group is added to the program's configuration by name."""

import pytest

from sweep.spec.foreign.hydra_group import group_of

MAIN = """import hydra


@hydra.main(version_base="1.3", config_path="../configs", config_name="train.yaml")
def main(config): ...
"""
OPTION = "# @package _global_\nhydra: {mode: MULTIRUN}\n"


@pytest.fixture
def script(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "configs/hparams_search").mkdir(parents=True)
    path = tmp_path / "src/train.py"
    path.write_text(MAIN, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "defaults, wanted",
    [
        ("[_self_, {hparams_search: null}]", "hparams_search=mnist"),
        ("[{optional hparams_search: null}]", "hparams_search=mnist"),
        ("[_self_]", "+hparams_search=mnist"),
    ],
)
def test_an_option_of_a_group_is_named(tmp_path, script, defaults, wanted):
    (tmp_path / "configs/train.yaml").write_text(
        f"defaults: {defaults}\n", encoding="utf-8"
    )
    assert (
        group_of(tmp_path / "configs/hparams_search/mnist.yaml", OPTION, script)
        == wanted
    )


def test_the_primary_configuration_is_in_no_group(tmp_path, script):
    assert group_of(tmp_path / "configs/train.yaml", OPTION, script) is None
    assert group_of(tmp_path / "elsewhere/x.yaml", OPTION, script) is None
    assert (
        group_of(tmp_path / "configs/hparams_search/mnist.yaml", "a: 1\n", script)
        is None
    )
