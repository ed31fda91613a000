"""A function made for `wandb.agent`: found nearby, and called without arguments."""

import pytest

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


def test_a_file_without_a_program_is_refused_with_what_to_add(load, tmp_path):
    (tmp_path / "fit.py").write_text(
        "import wandb\ndef main():\n    pass\nwandb.agent(wandb.sweep(config,"
        " project='p'), function=main)\n"
    )
    with pytest.raises(StudyFileError) as caught:
        load(text("x").replace("program: x\n", ""))
    (violation,) = caught.value.violations
    assert "there is no program" in violation.problem
    assert "--trainer fit.py:main" in violation.allowed


def test_a_function_for_an_agent_is_called_in_a_process_of_its_own(load, tmp_path):
    (tmp_path / "fit.py").write_text(
        "def main(config=None): ...\ndef train(config, run): ...\n"
    )
    without = text("x").replace("program: x\n", "")
    called = load(without, overrides={"trainer": "fit.py:main"})
    assert called.command.run == tuple(function.command("fit.py", "main"))
    ours = load(without, overrides={"trainer": "fit.py:train"})
    assert (ours.command, ours.trainer) == (None, "fit.py:train")


@pytest.mark.parametrize(
    "source, called",
    [
        ("def main(): ...", True),
        ("def main(config=None): ...", True),
        ("def main(config): ...", False),
        ("def main(config, /): ...", False),
        ("def other(): ...", False),
        ("def main(:", False),
    ],
)
def test_a_function_is_called_where_it_needs_no_argument(tmp_path, source, called):
    (tmp_path / "fit.py").write_text(source)
    assert function.takes_nothing(tmp_path / "fit.py", "main") is called


def test_without_an_agent_nearby_the_form_is_suggested(tmp_path):
    (tmp_path / "fit.py").write_text("wandb.agent(number)\n")
    assert function.suggestion([tmp_path]) == "--trainer file.py:function"
