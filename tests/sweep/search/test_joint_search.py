"""One search over all tasks: a configuration is trained on each, and judged by all of them."""

from collections import Counter

import pytest

from sweep.ablation import decisions
from sweep.history.task_view import on_task
from sweep.model.equality import same
from sweep.model.trial import State
from sweep.search import joint_search
from sweep.spec.tasks import tasks
from tests.sweep.conftest import METRIC

FILE = """
name: joint
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 2
  data: {values: [a, b, c], role: task, at: {b: {epochs: 1}}}
  rate: {values: [1, 2, 3, 4, 5], role: nuisance}
  loss: {values: [ce, focal]}
search: {method: random, trials: 5, seeds: [0, 1], tasks: rank}
ablation:
  baseline: {loss: ce}
  seeds: [0, 1]
  designs: {arms: {focal: {loss: focal}}}
"""
# What a rate is worth on each task: 2 is second on every one of them, each other is bad somewhere.
WORTH = {
    "a": {1: 0.9, 2: 0.8, 3: 0.3, 4: 0.2, 5: 0.1},
    "b": {1: -100.0, 2: 40.0, 3: 50.0, 4: 30.0, 5: -1e9},
    "c": {1: 1.0, 2: 1.2, 3: 1.0, 4: 1.3, 5: 1.1},
}
# Every rate once: the loss is of no matter here.
RATES = FILE.replace("  loss: {values: [ce, focal]}\n", "  loss: ce\n").replace(
    "  baseline: {loss: ce}\n  seeds: [0, 1]\n  designs: {arms: {focal: {loss: focal}}}\n",
    "  seeds: [0, 1]\n  designs: {arms: {slow: {rate: 1}}}\n",
)


def reported(assignment, epoch):
    if epoch >= assignment.config["epochs"]:
        return None
    value = WORTH[assignment.config["data"]][assignment.config["rate"]]
    return "metrics", {METRIC: value + assignment.seed / 1000}


def failing(data, rate):
    def misbehave(assignment, epoch):
        if assignment.config["data"] == data and assignment.config["rate"] == rate:
            return "failed", "it exploded"
        return reported(assignment, epoch)

    return misbehave


@pytest.fixture
def searched(bench, workers):
    def run(text=RATES, slots=1, misbehave=reported, seed=0):
        return bench(text).run(workers(slots=slots, misbehave=misbehave, seed=seed))

    return run


def rates(history):
    return [
        next(iter(each.trials.values()))[0].config["rate"] for each in found(history)
    ]


def found(history):
    return joint_search.best_first(history)


def test_every_configuration_is_trained_on_every_task_with_every_seed(searched):
    history = searched()
    runs = Counter(
        (t.config["data"], t.config["rate"]) for t in history.stage("search")
    )
    assert runs == {(data, rate): 2 for data in "abc" for rate in (1, 2, 3, 4, 5)}


def test_what_a_task_sets_holds_there(searched):
    epochs = {
        (t.config["data"], t.config["epochs"]) for t in searched().stage("search")
    }
    assert epochs == {("a", 2), ("b", 1), ("c", 2)}


def test_ranks_choose_what_is_good_on_every_task(searched):
    history = searched()
    assert rates(history)[0] == 2
    best = found(history)[0]
    assert best.observation.value == pytest.approx((4 + 4 + 4) / 3)
    assert best.values["b"] == pytest.approx(40.0005)


def test_scaled_values_are_no_ranks(searched):
    history = searched(RATES.replace("tasks: rank", "tasks: scaled"))
    assert rates(history)[0] == 2
    assert rates(history)[-1] == 5


def test_to_minimise_the_least_rank_is_best(searched):
    assert rates(searched(RATES.replace("maximize", "minimize")))[0] == 5


def test_an_arm_takes_on_every_task_what_the_one_search_found(searched):
    history = searched()
    assert {
        arm.config["rate"] for arm in history.arms if arm.name.startswith("baseline")
    } == {2}
    apart = searched(RATES.replace("tasks: rank", "tasks: each"))
    own = {
        a.task: a.config["rate"] for a in apart.arms if a.name.startswith("baseline")
    }
    assert own == {"a": 1, "b": 3, "c": 4}


def test_a_configuration_that_fails_on_one_task_is_not_ranked(searched):
    history = searched(misbehave=failing("b", 2))
    assert 2 not in rates(history)
    states = {
        each.number: each.observation.state for each in joint_search.judged(history)
    }
    assert list(states.values()).count(State.FAILED) == 1
    assert joint_search.over(history)


@pytest.mark.parametrize("slots", [2, 5])
def test_several_at_a_time_find_the_same(searched, slots):
    assert rates(searched(slots=slots, seed=slots)) == rates(searched())


def test_arms_wait_until_the_search_is_over_on_every_task(bench, workers):
    study = bench(RATES)
    history = study.run(workers(misbehave=reported))
    first = min(trial.number for trial in history.stage("ablation"))
    assert all(trial.number < first for trial in history.stage("search"))
    assert decisions.decide(history) == "done"


def test_seen_on_one_task_the_ranking_is_of_its_trials(searched):
    history = searched()
    task = tasks(history.spec.parameters)[1]
    ranking = joint_search.ranking(on_task(history, task))
    assert [trial.config["rate"] for trial in ranking] == rates(history)
    assert all(same(trial.config["data"], task.value) for trial in ranking)


def test_a_space_that_is_used_up_ends_the_search(searched):
    few = "rate: {values: [1, 2, 3]"
    text = RATES.replace("rate: {values: [1, 2, 3, 4, 5]", few).replace(
        "trials: 5", "trials: 9"
    )
    assert len(found(searched(text))) == 3


@pytest.mark.parametrize("method", ["tpe", "qmc", "grid"])
def test_every_kind_of_sampler_may_search(searched, method):
    text = RATES.replace("method: random, trials: 5", f"method: {method}")
    if method != "grid":
        text = text.replace(f"method: {method}", f"method: {method}, trials: 5")
    assert len(found(searched(text))) == 5


def test_a_driver_killed_at_any_event_ends_with_the_same_study(
    bench, story, workers, tmp_path
):
    study = bench(RATES.replace("trials: 5, seeds: [0, 1]", "trials: 3"))
    want = story(study.run(workers(misbehave=failing("b", 4))))
    written = study.log.read_bytes().splitlines(keepends=True)
    for kept in range(1, len(written), 2):
        copy = study.killed_copy(tmp_path / f"killed-{kept}", b"".join(written[:kept]))
        resumed = copy.session(workers(misbehave=failing("b", 4)))
        assert story(resumed) == want, f"killed after event {kept}"
