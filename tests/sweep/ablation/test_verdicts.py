"""Verdicts so far, from the history alone."""

import pytest

from sweep.ablation.verdicts import verdicts
from sweep.statistics.verdicts import Verdict
from tests.sweep.session.until_decided import LOOKS, failing, reported

FIXED = LOOKS.replace("{from: 5, to: 18, until: decided}", "[0, 1, 2, 3, 4, 5, 6, 7]")


@pytest.fixture
def judged(bench, workers):
    """`judged(text, misbehave)`: the verdicts of a study that was carried out."""

    def run(text, misbehave=reported):
        return verdicts(bench(text).run(workers(misbehave=misbehave)))

    return run


@pytest.mark.parametrize("text", [LOOKS, FIXED], ids=["looks", "fixed"])
def test_each_arm_has_one(judged, text):
    found = {name: each.judgement.verdict for name, each in judged(text).items()}
    assert list(found) == ["better", "worse", "alike", "unclear"]
    assert found["better"] is Verdict.HELPS
    assert found["worse"] is Verdict.HURTS
    assert found["alike"] is Verdict.NO_DIFFERENCE


def test_minimising_swaps_helps_and_hurts(judged):
    found = judged(FIXED.replace("maximize", "minimize"))
    assert found["better"].judgement.verdict is Verdict.HURTS


def test_without_a_margin_no_arm_is_said_to_make_no_difference(judged):
    found = judged(LOOKS.replace("  margin: 1.0\n", ""))
    assert found["alike"].judgement.verdict is Verdict.UNDECIDED
    assert found["alike"].forecast == "cannot be resolved with 18 seeds"


@pytest.mark.parametrize("text", [LOOKS, FIXED], ids=["looks", "fixed"])
def test_failed_seeds_are_lacking(judged, text):
    found = judged(text, failing((3, 1)))["better"]
    assert found.lacking == (1,)
    assert found.judgement.n == found.seeds - 1


def test_an_arm_with_too_few_pairs_is_undecided_with_the_reason(judged):
    found = judged(FIXED, failing(*[(3, seed) for seed in range(6)]))["better"]
    assert found.judgement.verdict is Verdict.UNDECIDED
    assert "needs at least 3" in found.judgement.reason


def test_two_names_of_the_reference_are_not_compared(judged):
    assert "same" not in judged(
        FIXED.replace("      worse:", "      same: {gain: 0}\n      worse:")
    )
