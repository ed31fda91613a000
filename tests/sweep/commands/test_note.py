"""`sweep note`: what somebody writes stays in the log and is listed."""

from tests.sweep.commands.invoking import sweep


def test_a_note_and_a_tag_of_a_trial_are_listed(finished):
    assert sweep("note", "tiny", "looks odd", "--trial", 1, "--tag", "odd")[0] == 0
    assert "trial 1: [odd] · looks odd" in sweep("status", "tiny")[1]
    assert "looks odd" in sweep("show", "tiny", "1")[1]


def test_studies_are_listed_by_tag(finished):
    sweep("note", "tiny", "--tag", "paper")
    assert "tiny [paper]" in sweep("status", "--tag", "paper")[1]
    assert "tiny" not in sweep("status", "--tag", "other")[1]
    sweep("note", "tiny", "--untag", "paper")
    assert "[paper]" not in sweep("status")[1]


def test_nothing_to_note_is_refused(finished):
    code, message = sweep("note", "tiny")
    assert code == 2
    assert "nothing to note" in message


def test_an_unknown_trial_is_refused(finished):
    code, message = sweep("note", "tiny", "x", "--trial", 99)
    assert code == 2
    assert "no trial 99" in message


def test_verify_ignores_notes(finished):
    sweep("note", "tiny", "kept")
    assert sweep("verify", "tiny")[0] == 0
