"""Collapsed runs of a study: whose they are, which trials, of how many runs with a result."""

import pytest

from sweep.report import gather
from sweep.report.collapsed import collapsed_runs

EIGHT = "[0, 1, 2, 3, 4, 5, 6, 7]"


def ordinary(seed):
    """A value that no seed falls far below the others with."""
    return 0.6 + (seed * 7 % 8) / 100


@pytest.fixture
def gathered(study, ladder_study, curve_to, run_all):
    """`gathered(value)`: eight seeds of each arm with `value(arm, seed)` as test/f1;
    None: no run."""

    def make(value, text=ladder_study):
        writer = study(text.replace("[0, 1, 2, 3, 4, 5]", EIGHT))

        def curve(arm, seed, _):
            found = value(arm.name, seed)
            return None if found is None else curve_to(found)

        run_all(writer, curve)
        return gather(writer.history())

    return make


def test_every_arm_has_an_upper_limit_also_without_collapsed_runs(
    gathered,
):
    evidence = gathered(lambda arm, seed: ordinary(seed))
    found = collapsed_runs(evidence)
    assert list(found) == list(evidence.arms)
    for collapse, trials in found.values():
        assert (collapse.runs, trials, collapse.n) == ((), (), 8)
        assert collapse.limit == pytest.approx(1 - 0.05 ** (1 / 8))


def test_the_trials_are_those_of_the_runs_that_collapsed(gathered):
    low = {("+ focal", 3), ("+ focal", 6), ("baseline", 0)}
    evidence = gathered(lambda arm, seed: 0.1 if (arm, seed) in low else ordinary(seed))
    found = collapsed_runs(evidence)
    trials = evidence.history.trials
    named = {
        arm: {trials[number].seed for number in numbers}
        for arm, (_, numbers) in found.items()
    }
    assert named["+ focal"] == {3, 6}
    assert named["baseline"] == {0}
    assert named["+ dice"] == set()
    _, numbers = found["+ focal"]
    assert all(trials[number].label == "+ focal" for number in numbers)


def test_a_run_that_is_missing_counts_neither_as_a_run_nor_as_a_collapse(gathered):
    absent = {("+ dice", 1), ("+ dice", 4)}
    low = ("+ dice", 5)

    def value(arm, seed):
        if (arm, seed) in absent:
            return None
        return 0.1 if (arm, seed) == low else ordinary(seed)

    evidence = gathered(value)
    collapse, (trial,) = collapsed_runs(evidence)["+ dice"]
    assert collapse.n == 6
    assert evidence.history.trials[trial].seed == 5


def test_a_collapse_of_a_loss_is_a_high_value(gathered, ladder_study):
    of_loss = ladder_study.replace("[test/f1, test/loss]", "[test/loss]")
    high = ("+ focal", 2)
    evidence = gathered(
        lambda arm, seed: 0.0 if (arm, seed) == high else ordinary(seed), of_loss
    )
    assert evidence.metrics[0] == "test/loss"
    collapse, (trial,) = collapsed_runs(evidence)["+ focal"]
    assert len(collapse.runs) == 1
    assert evidence.history.trials[trial].seed == 2


def test_before_the_first_result_nothing_has_collapsed(study):
    writer = study()
    writer.decide()
    for collapse, trials in collapsed_runs(gather(writer.history())).values():
        assert (collapse.runs, collapse.n, trials) == ((), 0, ())
