"""What a trial is worth to a search: by its best epoch, its last, or another metric's."""

import pytest

from sweep.model.trial import State
from sweep.search import trial_value

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
            reason.startswith("epoch 2, the selected one, carries")
            for reason in reasons
        )
