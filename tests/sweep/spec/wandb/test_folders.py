"""Where the program of a W&B sweep file lies: where the user stands, beside the file,
further up."""

import stat

import pytest

from sweep import spec
from sweep.errors import StudyFileError
from sweep.spec.wandb.folders import candidates

FILE = """
program: {program}
method: grid
metric: {{name: val_loss, goal: minimize}}
parameters: {{lr: {{values: [0.1, 0.2]}}}}
"""


def text(program, command=""):
    return FILE.format(program=program) + (f"command: {command}\n" if command else "")


def test_a_program_is_looked_for_in_the_working_folder_first(load):
    study = load(
        text("main.py"), "main.py", "configs/main.py", name="configs/sweep.yaml"
    )
    assert study.command.workdir == ".."
    assert "program: main.py runs in" in study.notes[0]


def test_a_program_is_looked_for_beside_the_file_then_in_its_repository(
    load, tmp_path, monkeypatch
):
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


def test_an_absolute_path_of_another_machine_is_matched_by_its_last_parts(load):
    study = load(text("/home/else/project/src/train.py"), "src/train.py")
    assert study.command.program == "src/train.py"
    assert (
        "there is no /home/else/project/src/train.py; src/train.py in" in study.notes[0]
    )


@pytest.mark.parametrize(
    "program", ["trian.py", "/home/else/trian.py", "no-such-script"]
)
def test_a_missing_program_is_refused_with_the_folders_searched(load, program):
    with pytest.raises(StudyFileError) as caught:
        load(text(program), "train.py")
    (violation,) = caught.value.violations
    assert violation.key == "program"
    assert "searched: " in violation.allowed
    assert ("did you mean 'train.py'?" in violation.allowed) == program.endswith(
        "trian.py"
    )


def test_folders_are_searched_up_to_the_root_of_the_repository_and_each_once(tmp_path):
    beside = tmp_path / "repository" / "configs" / "sweeps"
    beside.mkdir(parents=True)
    (tmp_path / "repository" / ".git").mkdir()
    here = tmp_path / "repository"
    assert candidates(here, beside) == [here, beside, beside.parent]


def test_without_a_repository_nothing_above_is_searched(tmp_path):
    beside = tmp_path / "configs"
    beside.mkdir()
    assert candidates(tmp_path, beside) == [tmp_path, beside]
