"""Violations and notes of one document are collected, each with its line."""

import pytest

from sweep.document import Document
from sweep.errors import MOST_LISTED, StudyFileError, Violation
from sweep.spec.violation_collector import ViolationCollector

DOCUMENT = Document("study.yaml", {"search": {"seed": 1}}, {(): 1, ("search",): 4})


def test_a_violation_has_the_line_of_the_nearest_key_in_the_file():
    collector = ViolationCollector(DOCUMENT, [], [])
    collector.add_violation(("search", "seed"), "is odd", "an even number")
    expected = Violation(4, "search.seed", "is odd", "an even number")
    assert collector.violations == [expected]


def test_the_same_violation_is_kept_once():
    collector = ViolationCollector(DOCUMENT, [], [])
    for _ in range(2):
        collector.add_violation(("search",), "is odd")
    assert len(collector.violations) == 1


def test_a_note_names_file_line_and_key():
    collector = ViolationCollector(DOCUMENT, ["an earlier note"], [])
    collector.note(("search", "seed"), "is read as a number")
    expected = "study.yaml:4: search.seed: is read as a number"
    assert collector.notes == ["an earlier note", expected]


def test_violations_are_raised_together_if_there_are_any():
    collector = ViolationCollector(DOCUMENT, [], [])
    collector.raise_violations()
    collector.add([Violation(1, "a", "is wrong"), Violation(2, "b", "is wrong")])
    with pytest.raises(StudyFileError) as caught:
        collector.raise_violations()
    assert [violation.key for violation in caught.value.violations] == ["a", "b"]


def test_validation_stops_after_twice_as_many_violations_as_are_listed():
    collector = ViolationCollector(DOCUMENT, [], [])
    for number in range(2 * MOST_LISTED):
        collector.add_violation(("search",), f"violation {number}")
    with pytest.raises(StudyFileError):
        collector.add_violation(("search",), "one more")
