"""The program of a W&B sweep file, the folder it runs in, and the words of its command."""

import pytest

from sweep import spec
from sweep.errors import StudyFileError

FILE = """
program: {program}
method: grid
metric: {{name: val_loss, goal: minimize}}
parameters: {{lr: {{values: [0.1, 0.2]}}}}
"""


def text(program, command=""):
    return FILE.format(program=program) + (f"command: {command}\n" if command else "")


def test_a_program_that_the_command_does_not_use_may_be_missing(load):
    study = load(
        text("gone.py", "[python, -m, pkg.train]"), "pkg/train.py", name="a/sweep.yaml"
    )
    assert study.command.workdir == ".."


@pytest.mark.parametrize(
    "macro, meant", [("agrs", "args"), ("interpereter", "interpreter")]
)
def test_an_unknown_macro_is_refused_with_the_nearest_name(load, macro, meant):
    with pytest.raises(StudyFileError) as caught:
        load(text("train.py", f"[python, train.py, '${{{macro}}}']"), "train.py")
    (violation,) = caught.value.violations
    assert f"there is no macro ${{{macro}}}" in violation.problem
    assert f"did you mean '{meant}'?" in violation.allowed


def test_a_macro_named_like_a_parameter_is_its_value_and_hydras_own_are_left_alone(
    load,
):
    words = "[python, train.py, --lr, '${lr}', 'dir=${now:%Y}', '${model.lr}']"
    study = load(text("train.py", words), "train.py")
    assert study.command.run[3:] == ("${lr}", "dir=$${now:%Y}", "$${model.lr}")
    assert any("W&B passes nothing for ${lr}" in note for note in study.notes)


def test_python_values_in_wandbs_form_are_read_as_the_file(load, tmp_path):
    file = load(text("train.py"), "train.py")
    values = {
        "program": "train.py",
        "method": "grid",
        "metric": {"name": "val_loss", "goal": "minimize"},
        "parameters": {"lr": {"values": [0.1, 0.2]}},
    }
    study = spec.load_values(values, name="sweep", base_dir=tmp_path / "results")
    assert (study.parameters, study.search, study.metric) == (
        file.parameters,
        file.search,
        file.metric,
    )
    assert study.command.workdir == str(tmp_path)
    assert study.command.run == file.command.run


def test_a_file_without_a_program_is_converted_with_the_trainer_that_is_named(
    load, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fit.py").write_text("def main():\n    pass\n")
    without = text("train.py").replace("program: train.py\n", "")
    (tmp_path / "sweep.yaml").write_text(without)
    with pytest.raises(StudyFileError, match="there is no program"):
        spec.convert("sweep.yaml")
    converted, _ = spec.convert("sweep.yaml", {"trainer": "fit.py:main"})
    (tmp_path / "study.yaml").write_text(converted)
    assert spec.load("study.yaml").command.run[-2:] == ("fit.py", "main")
