"""A finding reads as one sentence: the rule, what was found, what to do."""

from sweep.model.finding import Finding


def test_a_finding_says_rule_problem_and_advice():
    finding = Finding(
        "no_learning",
        4,
        "warn",
        "val/f1 is 0.1 after 5 epochs",
        "raise the learning rate",
    )
    assert str(finding) == (
        "no_learning: val/f1 is 0.1 after 5 epochs; raise the learning rate"
    )


def test_findings_of_two_epochs_are_two_findings():
    first, second = (
        Finding("no_learning", epoch, "stop", "p", "a") for epoch in (1, 2)
    )
    assert first != second
