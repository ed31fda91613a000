"""What a trial is worth to a search: by its best epoch, its last, or another metric's."""

import pytest

from sweep.live.ended import best
from sweep.model.trial import State
from sweep.search import observing, search_stage, trial_value

FILE = """
name: searched
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 3
  rate: {min: 0.0, max: 1.0}
search: {method: random, trials: 4, seeds: [3, 4]}
"""


@pytest.mark.parametrize("select, epoch", [("best", 1), ("last", 2)])
@pytest.mark.parametrize("goal", ["maximize", "minimize"])
def test_a_trial_counts_by_its_best_or_its_last_epoch(
    bench, workers, select, goal, epoch
):
    curve = {"maximize": (0.2, 0.9, 0.4), "minimize": (0.8, 0.1, 0.6)}[goal]

    def misbehave(assignment, now):
        return ("metrics", {"val/f1": curve[now]}) if now < 3 else None

    text = FILE.replace("maximize", goal) + f"report: {{select: {select}}}\n"
    history = bench(text).run(workers(misbehave=misbehave))
    assert {
        trial_value.value(history.spec, trial) for trial in history.trials.values()
    } == {curve[epoch]}


LUCKY = (0.5, 0.5, 0.5, 0.5, 0.5, 0.9, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5)
STEADY = (0.5, 0.5, 0.5, 0.5, 0.6, 0.7, 0.8, 0.8, 0.8, 0.8, 0.8, 0.79)


@pytest.mark.parametrize("goal", ["maximize", "minimize"])
@pytest.mark.parametrize(("select", "first"), [("best", 0), ("smoothed", 1)])
def test_one_lucky_epoch_does_not_put_a_configuration_first_where_curves_are_smoothed(
    bench, workers, goal, select, first
):
    sign = 1 if goal == "maximize" else -1

    def misbehave(assignment, epoch):
        curve = STEADY if assignment.trial == 1 else LUCKY
        metrics = {"val/f1": sign * curve[min(epoch, 11)]}
        return ("metrics", metrics) if epoch < 12 else None

    text = FILE.replace("maximize", goal).replace("seeds: [3, 4]", "seeds: [3]")
    text = text.replace("epochs: 3", "epochs: 12").replace("trials: 4", "trials: 2")
    report = f"report: {{select: {select}}}\n"
    history = bench(text + report).run(workers(misbehave=misbehave))
    ranked = search_stage.ranking(history)
    assert [trial.number for trial in ranked] == [first, 1 - first]
    assert best(history) is ranked[0]
    steady = history.trials[1]
    if select == "smoothed":
        assert trial_value.value(history.spec, steady) == pytest.approx(sign * 0.8)
        assert history.spec.selected(steady).epoch == 10
    told = observing.observed(history.spec, history.cohort("search")).observations
    values = [trial_value.value(history.spec, trial) for trial in ranked]
    assert sorted(seen.value for seen in told) == sorted(values)


BY_LOSS = "report: {select_by: {name: val/loss, goal: minimize}}\n"


@pytest.mark.parametrize("carried", [True, False])
def test_a_trial_counts_by_the_epoch_that_another_metric_selects(
    bench, workers, carried
):
    losses, scores = (0.9, 0.2, 0.4), (0.8, 0.5, 0.6)

    def misbehave(assignment, now):
        if now == 3:
            return None
        scored = {"val/f1": scores[now]} if carried or now != 1 else {}
        return "metrics", {"val/loss": losses[now], **scored}

    history = bench(FILE + BY_LOSS).run(workers(misbehave=misbehave))
    if carried:
        values = {
            trial_value.value(history.spec, trial) for trial in history.trials.values()
        }
        assert values == {0.5}
    else:
        reasons = {trial.reason for trial in history.trials.values()}
        assert {trial.state for trial in history.trials.values()} == {State.FAILED}
        assert any(
            reason.startswith("epoch 2, the selected one, has") for reason in reasons
        )
