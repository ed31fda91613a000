"""The program of a W&B sweep file, the folder it runs in, and the words of its command."""

import stat

import pytest

from sweep import spec
from sweep.errors import StudyFileError
from sweep.spec.wandb import function

FILE = """
program: {program}
method: grid
metric: {{name: val_loss, goal: minimize}}
parameters: {{lr: {{values: [0.1, 0.2]}}}}
"""


def text(program, command=""):
    return FILE.format(program=program) + (f"command: {command}\n" if command else "")


def test_a_program_runs_where_the_user_stands_as_under_an_agent(load):
    study = load(text("main.py"), "main.py", "configs/main.py", name="configs/sweep.yaml")
    assert study.command.workdir == ".."
    assert "program: main.py runs in" in study.notes[0]


def test_then_beside_the_file_then_further_up_in_its_repository(load, tmp_path, monkeypatch):
    beside = load(text("train.py"), "configs/train.py", name="configs/sweep.yaml")
    assert beside.command.workdir == "study"
    load(text("main.py"), "main.py", name="a/b/sweep.yaml")
    elsewhere = tmp_path.parent
    monkeypatch.chdir(elsewhere)
    assert spec.load(tmp_path / "a/b/sweep.yaml").command.workdir == "../.."


def test_a_module_is_found_by_its_name(load):
    run = "[python, -m, '${program}', '${args}']"
    study = load(text("src.main", run), "src/main.py", name="sweeps/sweep.yaml")
    assert (study.command.program, study.command.workdir) == ("src.main", "..")
    (file,) = study.reference().files
    assert file.name == "main.py"


def test_a_console_script_is_found_on_the_path(load, tmp_path, monkeypatch):
    script = tmp_path / "bin/my-benchmarks"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(script.parent))
    study = load(text("my-benchmarks", "['${env}', '${program}', train]"))
    assert study.command.program == "my-benchmarks"


def test_a_path_of_another_machine_is_looked_for_by_its_end(load):
    study = load(text("/home/else/project/src/train.py"), "src/train.py")
    assert study.command.program == "src/train.py"
    assert "there is no /home/else/project/src/train.py; src/train.py in" in study.notes[0]


@pytest.mark.parametrize("program", ["trian.py", "/home/else/trian.py", "no-such-script"])
def test_a_program_that_is_nowhere_is_named_with_the_folders_searched(load, program):
    with pytest.raises(StudyFileError) as caught:
        load(text(program), "train.py")
    (violation,) = caught.value.violations
    assert violation.key == "program"
    assert "searched: " in violation.allowed
    assert ("did you mean 'train.py'?" in violation.allowed) == program.endswith("trian.py")


def test_a_program_that_the_command_does_not_use_may_be_missing(load):
    study = load(text("gone.py", "[python, -m, pkg.train]"), "pkg/train.py", name="a/sweep.yaml")
    assert study.command.workdir == ".."


@pytest.mark.parametrize("macro, meant", [("agrs", "args"), ("interpereter", "interpreter")])
def test_an_unknown_macro_is_refused_with_the_nearest_name(load, macro, meant):
    with pytest.raises(StudyFileError) as caught:
        load(text("train.py", f"[python, train.py, '${{{macro}}}']"), "train.py")
    (violation,) = caught.value.violations
    assert f"there is no macro ${{{macro}}}" in violation.problem
    assert f"did you mean '{meant}'?" in violation.allowed


def test_a_macro_named_like_a_parameter_is_its_value_and_hydras_own_are_left_alone(load):
    words = "[python, train.py, --lr, '${lr}', 'dir=${now:%Y}', '${model.lr}']"
    study = load(text("train.py", words), "train.py")
    assert study.command.run[3:] == ("${lr}", "dir=$${now:%Y}", "$${model.lr}")
    assert any("W&B passes nothing for ${lr}" in note for note in study.notes)


def test_a_file_without_a_program_says_once_what_to_add(load, tmp_path):
    (tmp_path / "fit.py").write_text(
        "import wandb\ndef main():\n    pass\nwandb.agent(wandb.sweep(config, project='p'), function=main)\n"
    )
    with pytest.raises(StudyFileError) as caught:
        load(text("x").replace("program: x\n", ""))
    (violation,) = caught.value.violations
    assert "there is no program" in violation.problem
    assert "--trainer fit.py:main" in violation.allowed


def test_a_function_for_an_agent_is_called_in_a_process_of_its_own(load, tmp_path):
    (tmp_path / "fit.py").write_text("def main(config=None): ...\ndef train(config, run): ...\n")
    without = text("x").replace("program: x\n", "")
    called = load(without, overrides={"trainer": "fit.py:main"})
    assert called.command.run == tuple(function.command("fit.py", "main"))
    ours = load(without, overrides={"trainer": "fit.py:train"})
    assert (ours.command, ours.trainer) == (None, "fit.py:train")
