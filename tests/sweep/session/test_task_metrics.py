"""A task whose runs lack a metric is named at the first of them."""

import pytest

from sweep.log.reader import replay
from tests.sweep.conftest import METRIC

STUDY = """
name: lacking
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 1
  data: {values: [a, b], role: task}
  loss: {values: [ce, focal]}
ablation:
  baseline: {loss: ce}
  seeds: [0, 1]
  designs: {arms: {focal: {loss: focal}}}
report: {metrics: [test/f1]}
"""


def reporting(on_b):
    def misbehave(assignment, epoch):
        if epoch:
            return None
        every = {METRIC: 0.5 + assignment.seed / 10, "test/f1": 0.4}
        return "metrics", every if assignment.config["data"] == "a" else on_b

    return misbehave


def messages(history):
    return [notice.message for notice in history.notices]


def test_a_metric_of_the_tables_is_named_once_with_the_task_and_what_there_is(
    bench, workers
):
    history = bench(STUDY).run(
        workers(misbehave=reporting({METRIC: 0.3, "test/acc": 0.1}))
    )
    (text,) = messages(history)
    assert text.startswith("task data=b: no test/f1 is reported there")
    assert text.endswith("reported: test/acc, val/f1")


def test_a_task_without_the_studys_metric_is_refused(bench, workers):
    history = bench(STUDY).run(workers(misbehave=reporting({"val/acc": 0.3})))
    assert "task data=b: the trainer reports no val/f1, only val/acc" in messages(
        history
    )


def test_a_missing_metric_is_reported_at_the_first_trial_of_the_task(bench, workers):
    study = bench(STUDY)
    study.run(workers(misbehave=reporting({METRIC: 0.3})))
    events = [record["event"] for record in replay(study.log).events]
    ended = [i for i, event in enumerate(events) if event == "trial_finished"]
    assert events.index("notice") < ended[3]


@pytest.mark.parametrize(
    "text", [STUDY, STUDY.replace("{values: [a, b], role: task}", "a")]
)
def test_a_task_with_all_metrics_gives_no_notice(bench, workers, text):
    whole = {METRIC: 0.3, "test/f1": 0.1}
    assert messages(bench(text).run(workers(misbehave=reporting(whole)))) == []
