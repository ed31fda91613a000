"""The numbers at the end of a verification."""

from collections import Counter

from sweep.report.verification.checked import Checked, summary


def test_the_numbers_say_what_was_verified_and_what_could_not_be():
    checks = [
        Checked("records", sound=12),
        Checked(
            "checkpoints",
            sound=3,
            problems=["a: wrong"],
            unverified=Counter({"no hash": 2}),
        ),
        Checked("figures"),
    ]
    assert summary(checks) == [
        "verified: 12 records, 3 checkpoints",
        "not verified: 2 checkpoints: no hash",
        "problems: 1",
    ]


def test_a_summary_without_any_verification_says_so():
    assert summary([Checked("figures")]) == [
        "verified: nothing",
        "no problem was found in what was verified",
    ]
