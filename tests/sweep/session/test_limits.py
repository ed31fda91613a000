"""When no further trial is started: a budget, a target, a mistake that every trial runs into."""

import time

import pytest

from sweep.model.trial import State
from sweep.session import limits
from tests.sweep.session.searches import populated


def test_a_budget_of_hours_counts_the_wall_clock_of_all_sessions(bench):
    history = bench(STUDY + "budget: {hours: 1.5}\n").run()
    assert limits.spent_budget(history, 5399.0) is None
    assert limits.spent_budget(history, 5400.0) == (
        "budget.hours of 1.5 is used up: no further trial is started"
    )


def test_a_budget_of_gpu_hours_counts_worker_seconds_times_gpus(bench):
    history = bench(STUDY + "budget: {gpu_hours: 1.0}\nresources: {gpu: 2}\n").run()
    seconds = sum(trial.seconds for trial in history.trials.values())
    assert limits.spent_budget(history, 1e9) is None, "hours are no limit"
    assert limits._gpu_seconds(history) == pytest.approx(2 * seconds)


def test_a_study_without_a_budget_never_stops_for_it(bench):
    assert limits.spent_budget(bench(STUDY).run(), 1e12) is None


@pytest.mark.parametrize("goal, target", [("maximize", 0.4), ("minimize", 0.3)])
def test_the_first_complete_trial_that_is_as_good_as_the_target_meets_it(
    bench, goal, target
):
    text = STUDY.replace("goal: maximize", f"goal: {goal}, target: {target}")
    history = bench(text).run()
    best = {
        n: t.best("val/f1", goal).metrics["val/f1"] for n, t in history.trials.items()
    }
    met = [n for n, value in best.items() if (value >= target) == (goal == "maximize")]
    met = [n for n in met if history.trials[n].state is State.COMPLETE]
    said = f"trial {min(met)} met the target val/f1 {target:g}: no further trial is started"
    assert limits.met_target(history) == said


@pytest.mark.parametrize("goal", ["maximize", "minimize"])
def test_a_trial_that_equals_the_target_meets_it(bench, goal):
    history = bench(STUDY.replace("goal: maximize", f"goal: {goal}")).run()
    values = [t.best("val/f1", goal).metrics["val/f1"] for t in history.trials.values()]
    target = max(values) if goal == "maximize" else min(values)
    text = STUDY.replace("goal: maximize", f"goal: {goal}, target: {target!r}")
    assert limits.met_target(bench(text).run()) is not None


def test_hours_of_earlier_sessions_count_against_the_budget(
    bench, workers, monkeypatch
):
    study = bench(STUDY + "budget: {hours: 1.5}\n")
    now = [1e9]
    monkeypatch.setattr(
        time, "time", lambda: now[0]
    )  # the log's clock; the session's stands still
    running = []

    def pause_after_two_hours(assignment, epoch):
        now[0] += 3600.0
        if len(running) == 1 and now[0] >= 1e9 + 7200.0:
            running[-1].request_stop("pause")

    crew = workers(slots=1, misbehave=pause_after_two_hours)
    study.create()
    before = study.session(crew, before=running.append)
    now[0] += 36_000.0  # between two sessions no time is spent
    after = study.session(crew, before=running.append)
    assert len(after.trials) == len(before.trials) < 6
    assert "budget.hours of 1.5 is used up" in after.notices[-1].message


def test_a_target_that_no_trial_reached_is_not_met(bench):
    history = bench(
        STUDY.replace("goal: maximize", "goal: maximize, target: 2.0")
    ).run()
    assert limits.met_target(history) is None


def peaking(assignment, epoch):
    """Trial 3 has a peak at its first epoch and is poor after it."""
    if assignment.trial != 3 or epoch > 1:
        return None
    return "metrics", {"val/f1": 0.99 if epoch == 0 else 0.0}


@pytest.mark.parametrize("select, met", [("best", True), ("last", False)])
def test_a_target_is_met_by_the_value_that_the_tables_show(bench, workers, select, met):
    text = STUDY.replace("goal: maximize", "goal: maximize, target: 0.95")
    history = bench(text + f"report: {{select: {select}}}\n").run(
        workers(misbehave=peaking)
    )
    assert history.trials[3].state is State.COMPLETE
    assert (limits.met_target(history) is not None) == met


def test_weights_that_a_copy_replaced_do_not_meet_the_target(bench, workers):
    text = populated().replace("goal: maximize", "goal: maximize, target: 0.95")
    history = bench(text).run(workers(misbehave=peaking))
    copied = [copy.trial for decided in history.population for copy in decided.copies]
    assert 3 in copied
    assert max(report.metrics["val/f1"] for report in history.trials[3].reports) == 0.99
    assert limits.met_target(history) is None


@pytest.mark.parametrize("failing", [2, 3])
def test_three_equal_failures_and_no_other_result_are_a_common_failure(
    bench, workers, failing
):
    def misbehave(assignment, epoch):
        return ("failed", "no such column") if assignment.trial < failing else None

    history = bench(STUDY).run(workers(slots=1, misbehave=misbehave))
    alike = f"all {failing} finished trials failed for the same reason: no such column"
    assert limits.common_failure(history) == (alike if failing == 3 else None)


def test_two_kinds_of_failure_are_not_a_common_failure(bench, workers):
    def misbehave(assignment, epoch):
        return "failed", f"number {assignment.trial % 2}"

    history = bench(STUDY).run(workers(misbehave=misbehave))
    assert limits.common_failure(history).endswith(
        "failed for the same reason: number 0"
    )


STUDY = """
name: limits
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 2
  rate: {min: 0.0, max: 1.0}
search: {method: random, trials: 6}
"""
