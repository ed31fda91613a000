"""Which runs are averaged, how arms are paired, which are best."""

import numpy as np
import pytest

from sweep.errors import UnknownName, UsageError
from sweep.report.evidence import arrow, gather, goal_of
from sweep.statistics import best


def test_a_mean_is_over_the_arms_complete_runs(ladder):
    estimate, trials = gather(ladder).estimate("+ focal", "test/f1")
    values = [
        ladder.trials[t].best("val/f1", "maximize").metrics["test/f1"] for t in trials
    ]
    assert len(trials) == 6
    assert estimate.mean == pytest.approx(np.mean(values))
    assert estimate.sd == pytest.approx(np.std(values, ddof=1))


@pytest.mark.parametrize("state", ["failed", "pruned", "running"])
def test_only_complete_trials_count_and_pairs_need_both(
    study, curve_to, run_all, state
):
    writer = study()
    run_all(
        writer,
        lambda arm, seed, _: (
            None if (arm.name, seed) == ("+ focal", 2) else curve_to(0.6 + 0.01 * seed)
        ),
    )
    odd = writer.trial(
        next(a for a in writer.history().arms if a.name == "+ focal").config,
        curve_to(99.0),
        seed=2,
        state=state,
    )
    evidence = gather(writer.history())
    estimate, trials = evidence.estimate("+ focal", "test/f1")
    assert odd not in trials
    assert estimate.n == 5
    pairs = [("+ focal", "baseline"), ("+ dice", "baseline")]
    found = evidence.compared(pairs, ["test/f1"]).of("test/f1")
    assert {arm: each.contrast.n for arm, each in found.items()} == {
        "+ focal": 5,
        "+ dice": 6,
    }
    assert 2 not in found["+ focal"].contrast.rows


def test_the_best_arms_are_those_that_no_other_arm_significantly_beats(ladder):
    evidence = gather(ladder)
    for metric, goal in (("test/f1", "maximize"), ("test/loss", "minimize")):
        values = np.column_stack(
            [evidence.values(arm, metric) for arm in evidence.arms]
        )
        assert evidence.best(metric) == best.best(values, goal)
        means = values.mean(axis=0) if goal == "maximize" else -values.mean(axis=0)
        assert evidence.best(metric).bold[int(np.argmax(means))]


def test_two_seeds_give_no_best_arm(study, ladder_study, curve_to, run_all):
    writer = study(ladder_study.replace("[0, 1, 2, 3, 4, 5]", "[0, 1]"))
    run_all(
        writer, lambda arm, seed, _: curve_to(0.6 + 0.01 * seed + 0.1 * len(arm.name))
    )
    assert not any(gather(writer.history()).best("test/f1").bold)


def test_an_arrow_shows_the_direction_of_a_metric(ladder):
    assert goal_of(ladder, "test/f1") == "maximize"
    assert goal_of(ladder, "test/loss") == "minimize"
    assert arrow(ladder, "test/loss") == "↓"
    assert goal_of(ladder, "test/accuracy") == "maximize"


class TestRefusals:
    def test_an_unreported_metric_is_refused_with_the_nearest_name(self, ladder):
        with pytest.raises(UnknownName, match="did you mean 'test/f1'"):
            gather(ladder, metrics=["test/f2"])

    def test_a_confidence_in_percent_is_refused(self, ladder):
        with pytest.raises(UsageError, match="between 0 and 1"):
            gather(ladder, confidence=95)
