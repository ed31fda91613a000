"""`sweep check`: every mistake of a study file with its line; nothing is written."""

from pathlib import Path

from tests.sweep.commands.conftest import STUDY
from tests.sweep.commands.invoking import sweep


def test_a_valid_study_is_reported_with_its_parameters(study_file):
    code, printed = sweep("check", "tiny.yaml")
    assert code == 0
    assert printed.splitlines()[0].startswith(
        "with 3 paired seeds and 1 comparison, a change"
    )
    assert printed.splitlines()[-1] == "tiny.yaml: a valid study with 2 parameters"


def test_all_mistakes_are_listed_with_their_lines(study_file):
    broken = STUDY.replace("goal: maximize", "goal: maximise").replace(
        "trials: 4", "trials: many"
    )
    study_file.write_text(broken, encoding="utf-8")
    code, message = sweep("check", "tiny.yaml")
    assert code == 2
    assert "tiny.yaml:4: metric.goal" in message
    assert "tiny.yaml:8: search.trials" in message
    assert sorted(path.name for path in Path().iterdir()) == ["tiny.yaml", "trainer.py"]


def test_an_override_is_checked_like_the_file(study_file):
    code, message = sweep("check", "tiny.yaml", "--set", "search.trials=0")
    assert code == 2
    assert "search.trials" in message


def test_a_method_that_falls_back_to_another_one_is_noted(study_file):
    study_file.write_text(
        STUDY.replace("method: random", "method: cmaes"), encoding="utf-8"
    )
    code, printed = sweep("check", "tiny.yaml")
    assert code == 0
    assert printed.startswith("note: ")
