"""The exception tree: one base, exit codes that scripts rely on, messages that name the
nearest right thing."""

import inspect
import pickle

import pytest

from sweep import errors
from sweep.errors import (
    Interrupted,
    StudyFileError,
    SweepError,
    UnknownName,
    Violation,
    nearest,
    one_of,
)

TREE = [
    c
    for _, c in inspect.getmembers(errors, inspect.isclass)
    if issubclass(c, Exception)
]
CODES = {
    "UsageError": 2, "StudyFileError": 2, "TrainerNotFound": 2, "StudyNotFound": 2, "UnknownName": 2,
    "Refused": 3, "StudyLocked": 3, "NotTrusted": 3, "StudyChanged": 3, "StudyExists": 3,
    "LogOfAnotherVersion": 3,
    "LogDamaged": 3, "CheckpointDamaged": 3,
    "CannotWrite": 4,
}  # fmt: skip


@pytest.mark.parametrize("error", TREE, ids=lambda error: error.__name__)
def test_every_error_is_in_the_tree_documented_and_has_the_stated_exit_code(error):
    assert issubclass(error, SweepError)
    assert error.__doc__
    assert error.exit_code == CODES.get(error.__name__, 1)


MADE = {
    "StudyFileError": ("a.yaml", [Violation(2, "metric", "is 3", "one of: a, b")]),
    "UnknownName": ("pruner", "ashaa", ["asha"]),
    "Interrupted": (15, "stopped"),
}


@pytest.mark.parametrize("error", TREE, ids=lambda error: error.__name__)
def test_an_error_reaches_another_process_as_it_was(error):
    raised = error(*MADE.get(error.__name__, ("what is wrong",)))
    arrived = pickle.loads(pickle.dumps(raised))
    assert (type(arrived), str(arrived), arrived.exit_code) == (
        error,
        str(raised),
        raised.exit_code,
    )
    assert vars(arrived) == vars(raised)


@pytest.mark.parametrize("number, code", [(2, 130), (15, 143)])
def test_an_interruption_exits_as_shells_expect(number, code):
    assert Interrupted(number, "stopped").exit_code == code


def test_a_study_file_error_lists_every_violation_in_the_order_of_the_file():
    error = StudyFileError(
        "a.yaml",
        [Violation(9, "metric", "is 3"), Violation(2, "", "no such", "one of: a, b")],
    )
    assert str(error) == "a.yaml:2: no such\n    one of: a, b\na.yaml:9: metric: is 3"
    assert [v.line for v in error.violations] == [2, 9]


def test_a_long_list_of_what_is_allowed_is_not_repeated_line_after_line():
    names = one_of([f"parameter_{i}" for i in range(20)])
    wrong = [
        Violation(i, f"parameters.p{i}", "the trainer has no such parameter", names)
        for i in (1, 2)
    ]
    other = Violation(3, "search.method", "is 3", "one of: tpe, gp")
    lines = str(StudyFileError("a.yaml", [*wrong, other])).splitlines()
    assert lines[1] == f"    {names}"
    assert lines[3] == "    allowed: as above"
    assert lines[5] == "    one of: tpe, gp"


def test_a_violation_without_a_line_names_the_file_alone():
    assert (
        str(StudyFileError("a.yaml", [Violation(0, "", "no such file")]))
        == "a.yaml: no such file"
    )


def test_an_unknown_name_is_answered_with_the_nearest():
    assert str(UnknownName("pruner", "ashaa", ["asha", "none"])) == (
        "unknown pruner 'ashaa'; did you mean 'asha'? one of: asha, none"
    )


def test_what_resembles_nothing_is_not_guessed_at():
    assert nearest("zzz", ["asha", "median"]) is None
    assert one_of(["asha", "median"], "zzz") == "one of: asha, median"
    assert nearest(None, ["None", "median"]) == "None"
