"""The ablation stage: every arm with every seed and fold, in an order that a kill
cannot make unfair."""

from collections import Counter

from sweep.model.events import ArmsDecided
from sweep.model.trial import State, configuration_key
from sweep.model.trial_events import TrialFinished
from sweep.search import search_stage

FILE = """
name: ablated
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 2
  loss_type: {values: [ce, focal]}
  learning_rate: {min: 0.1, max: 0.9, role: nuisance}
"""
SEARCH = "search: {method: random, trials: 4}\n"
STATED = """
ablation:
  baseline: {loss_type: ce, learning_rate: 0.5}
  seeds: [0, 1, 2]
  designs:
    arms: {focal: {loss_type: focal}, same: {loss_type: focal}}
"""
OPEN = STATED.replace(", learning_rate: 0.5", "")


def test_arms_of_the_same_configuration_are_trained_once(bench):
    history = bench(FILE + STATED).run()
    assert [arm.name for arm in history.arms] == ["baseline", "focal", "same"]
    assert [(t.label, t.seed) for t in history.trials.values()] == [
        ("baseline", 0), ("focal", 0), ("baseline", 1), ("focal", 1), ("baseline", 2), ("focal", 2),
    ]  # fmt: skip
    same = history.arms[2]
    assert history.find(configuration_key(same.config), 0, None).label == "focal"


def test_wherever_a_study_is_stopped_no_arm_is_ahead_by_more_than_a_run(
    bench, tmp_path
):
    study = bench(FILE + STATED)
    study.run()
    lines = study.log.read_bytes().splitlines(keepends=True)
    for kept in range(4, len(lines)):
        created = [line for line in lines[:kept] if b'"event":"trial_created"' in line]
        runs = Counter(b'"label":"focal"' in line for line in created)
        assert abs(runs[True] - runs[False]) <= 1


def test_folds_are_trained_with_every_seed(bench):
    history = bench(
        FILE + STATED.replace("seeds: [0, 1, 2]", "seeds: [0, 1]\n  folds: 3")
    ).run()
    runs = Counter((t.label, t.seed, t.fold) for t in history.trials.values())
    assert set(runs) == {
        (arm, seed, fold)
        for arm in ("baseline", "focal")
        for seed in (0, 1)
        for fold in range(3)
    }
    assert set(runs.values()) == {1}


def test_a_worker_is_told_how_many_folds_there_are(bench, workers):
    crew = workers()
    bench(FILE + SEARCH + STATED.replace("seeds: [0, 1, 2]", "folds: 3")).run(crew)
    assert {(a.fold is None, a.folds) for a in crew.assignments} == {
        (True, None),
        (False, 3),
    }


def test_open_parameters_come_from_the_searchs_best_when_the_search_is_over(bench):
    study = bench(FILE + SEARCH + OPEN)
    history = study.run()
    best = search_stage.ranking(history)[0]
    assert {arm.config["learning_rate"] for arm in history.arms} == {
        best.config["learning_rate"]
    }
    assert all(arm.filled == ("learning_rate",) for arm in history.arms)
    kinds = [e.kind for e in study.heard if isinstance(e, ArmsDecided | TrialFinished)]
    assert kinds.index("arms_decided") == 4, "after the four search trials"


def test_arms_that_leave_nothing_open_do_not_wait_for_the_search(bench, workers):
    history = bench(FILE + SEARCH + STATED).run(workers(slots=6, seed=2))
    assert {t.stage for t in list(history.trials.values())[:6]} == {
        "search",
        "ablation",
    }


def test_a_failed_run_is_not_repeated_and_the_others_go_on(bench, workers):
    def misbehave(assignment, epoch):
        return (
            ("failed", "OSError")
            if (assignment.label, assignment.seed) == ("focal", 1)
            else None
        )

    history = bench(FILE + STATED).run(workers(misbehave=misbehave))
    states = Counter(t.state for t in history.trials.values())
    assert states == {State.COMPLETE: 5, State.FAILED: 1}


def test_a_search_without_a_result_stops_the_study_and_says_what_is_missing(
    bench, workers
):
    def misbehave(assignment, epoch):
        return "failed", f"OSError: {assignment.trial}"

    history = bench(FILE + SEARCH + OPEN).run(workers(misbehave=misbehave))
    ended = history.sessions[-1].ended
    assert "the search completed no trial with a value of 'learning_rate'" in ended
    assert "ablation.baseline" in ended
    assert "of its trials failed, the first one of: OSError: 0" in ended, (
        "the cause, before the consequence"
    )
    assert history.arms == ()
