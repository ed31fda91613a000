"""Violations and notes of one document are collected, each with its line."""

import pytest

from sweep.document import Document
from sweep.errors import MOST_LISTED, StudyFileError, Violation
from sweep.spec.complaints import Complaints

DOCUMENT = Document("study.yaml", {"search": {"seed": 1}}, {(): 1, ("search",): 4})


def test_a_violation_has_the_line_of_the_nearest_key_in_the_file():
    complaints = Complaints(DOCUMENT, [], [])
    complaints.complain(("search", "seed"), "is odd", "an even number")
    expected = Violation(4, "search.seed", "is odd", "an even number")
    assert complaints.violations == [expected]


def test_the_same_violation_is_kept_once():
    complaints = Complaints(DOCUMENT, [], [])
    for _ in range(2):
        complaints.complain(("search",), "is odd")
    assert len(complaints.violations) == 1


def test_a_note_names_file_line_and_key():
    complaints = Complaints(DOCUMENT, ["an earlier note"], [])
    complaints.note(("search", "seed"), "is read as a number")
    expected = "study.yaml:4: search.seed: is read as a number"
    assert complaints.notes == ["an earlier note", expected]


def test_violations_are_raised_together_and_none_raises_nothing():
    complaints = Complaints(DOCUMENT, [], [])
    complaints.raise_violations()
    complaints.add([Violation(1, "a", "is wrong"), Violation(2, "b", "is wrong")])
    with pytest.raises(StudyFileError) as caught:
        complaints.raise_violations()
    assert [violation.key for violation in caught.value.violations] == ["a", "b"]


def test_the_pass_ends_when_nobody_reads_further_violations():
    complaints = Complaints(DOCUMENT, [], [])
    for number in range(2 * MOST_LISTED):
        complaints.complain(("search",), f"violation {number}")
    with pytest.raises(StudyFileError):
        complaints.complain(("search",), "one more")
