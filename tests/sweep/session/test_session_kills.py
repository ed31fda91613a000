"""A driver that is killed at any event, for every sampler and stopping rule: the
resumed study is the same study."""

from collections import Counter

import pytest

from sweep.log.reader import replay
from sweep.model.trial import State, configuration_key
from sweep.samplers import SAMPLERS
from sweep.stopping import RULES as REGISTERED
from tests.sweep.conftest import METRIC, curve
from tests.sweep.session.searches import (
    ARMS,
    FORMS,
    METHODS,
    RULES,
    arms,
    assert_whole,
    lines,
    searching,
    space,
)
from tests.sweep.session.until_decided import LOOKS, failing

OFTEN = ("none", "asha", "median")  # tried with several methods; the others with one
SLOW = {"gp": 6}  # an answer takes a second: killed after every sixth event only


def cases_of(methods, rules):
    """Method and rule of every study that is killed."""
    cases = []
    for method in methods:
        if method in ("nsga2", "pbt"):  # nothing is stopped early
            cases.append((method, "none"))
            continue
        for rule in rules:
            often = rule in OFTEN and method in ("tpe", "grid")
            if method == "random" or rule == "asha" or often:
                cases.append((method, rule))
    return cases


CASES = cases_of(METHODS, RULES) + [
    (method, "asha promote") for method in ("tpe", "random", "grid")
]


def with_a_cost(assignment, epoch):
    """A report of the metric and of a second objective, the number of an arm's parameters."""
    config = assignment.config
    if epoch >= config["epochs"]:
        return None
    metrics = {
        METRIC: curve(config, assignment.seed, epoch),
        "cost": float(len(config)),
    }
    return "metrics", metrics


def hands(method):
    """What the scripted workers do with a method's trials."""
    return {"misbehave": with_a_cost} if method == "nsga2" else {}


cases = pytest.mark.parametrize("method, rule", CASES)


def test_every_registered_rule_has_a_kill_test():
    assert {rule for _, rule in CASES} == set(REGISTERED) | set(FORMS)


def test_every_registered_sampler_has_a_kill_test():
    assert {method for method, _ in CASES} == set(SAMPLERS)


def test_a_rule_or_a_sampler_without_a_case_would_be_missed():
    assert "new" not in {method for method, _ in cases_of(METHODS, RULES)}
    assert ("new", "asha") in cases_of([*METHODS, "new"], RULES)
    assert ("random", "new") in cases_of(METHODS, [*RULES, "new"])


@cases
def test_a_driver_killed_after_any_event_ends_with_the_same_study(
    bench, story, workers, tmp_path, conditional, method, rule
):
    study = bench(searching(space(method, conditional), method, rule) + arms(method))
    lived = study.run(workers(**hands(method)))
    early = (State.PRUNED, State.PAUSED)
    stopped = [t for t in lived.trials.values() if t.state in early or t.given_up]
    assert stopped or rule in OFTEN, "a rule that stops nothing shows nothing here"
    want = story(lived)
    written = lines(study)
    for kept in range(1, len(written), SLOW.get(method, 1)):
        copy = study.killed_copy(tmp_path / f"killed-{kept}", b"".join(written[:kept]))
        resumed = copy.session(workers(**hands(method)))
        assert story(resumed) == want, (
            f"killed after event {kept}: {written[kept - 1]!r}"
        )


EXPLORING = """
name: exploring
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 4
  x: {min: 0.0, max: 1.0}
search: {method: gp_multifidelity, trials: 9, n_startup_trials: 4}
early_terminate: {type: asha, eta: 2, form: FORM}
"""


@pytest.mark.parametrize("form, state", [("stop", "PRUNED"), ("promote", "PAUSED")])
def test_a_search_of_exploring_trials_and_suggestions_is_the_same_after_a_kill(
    bench, story, tmp_path, form, state
):
    study = bench(EXPLORING.replace("FORM", form))
    lived = study.run()
    ended = [t for t in lived.trials.values() if t.state is State[state]]
    assert {trial.explores for trial in ended} == {True, False}
    exploring = {"exploring" in trial.reason for trial in ended if trial.explores}
    assert exploring == {True}, "they are compared among themselves"
    want, written = story(lived), lines(study)
    for kept in range(1, len(written), 3):
        copy = study.killed_copy(tmp_path / f"killed-{kept}", b"".join(written[:kept]))
        assert story(copy.session()) == want, f"killed after event {kept}"


def test_a_driver_killed_inside_a_write_ends_with_the_same_study(
    bench, story, tmp_path, conditional
):
    study = bench(searching(conditional, "tpe", "asha") + ARMS)
    want = story(study.run())
    written = lines(study)
    for kept in range(1, len(written)):
        torn = b"".join(written[:kept]) + written[kept][: len(written[kept]) // 2]
        assert (
            story(study.killed_copy(tmp_path / f"torn-{kept}", torn).session()) == want
        )


@cases
def test_several_trials_in_flight_survive_a_kill_at_any_event(
    bench, workers, tmp_path, conditional, method, rule
):
    study = bench(searching(space(method, conditional), method, rule) + arms(method))
    study.run(workers(slots=3, seed=1, **hands(method)))
    written = lines(study)
    for kept in range(1, len(written), 2 * SLOW.get(method, 1)):
        copy = study.killed_copy(tmp_path / f"killed-{kept}", b"".join(written[:kept]))
        assert_whole(copy.session(workers(slots=3, seed=kept, **hands(method))))


@pytest.mark.parametrize("slots", [1, 4])
def test_looks_and_decisions_are_the_same_after_a_kill_at_any_event(
    bench, workers, tmp_path, slots
):
    study = bench(LOOKS)
    want = study.run(workers(slots=slots, misbehave=failing((3, 1))))
    assert {look.verdict for look in want.looks} == {
        "helps",
        "hurts",
        "no difference",
        "undecided",
    }
    written = lines(study)
    for kept in range(1, len(written)):
        copy = study.killed_copy(tmp_path / f"killed-{kept}", b"".join(written[:kept]))
        resumed = copy.session(
            workers(slots=slots, seed=kept, misbehave=failing((3, 1)))
        )
        assert resumed.look_plan == want.look_plan
        assert sorted(resumed.looks, key=repr) == sorted(want.looks, key=repr), (
            f"event {kept}"
        )
        assert results(resumed) == results(want)


FAIR = """
name: fair
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 1
  data: {values: [a, b], role: task}
  gain: {values: [0, 1]}
  noise: {values: [0, 1]}
ablation:
  baseline: {gain: 0, noise: 0}
  seeds: [0, 1]
  designs:
    shapley: {gain: {gain: 1}, noise: {noise: 1}}
    arms: {all: {gain: 1, noise: 1}}
"""


def test_shares_on_every_task_are_trained_once_after_a_kill_at_any_event(
    bench, workers, tmp_path
):
    study = bench(FAIR)
    want = results(study.run(workers(slots=2)))
    assert len(want) == 2 * 4 * 2
    written = lines(study)
    for kept in range(1, len(written)):
        copy = study.killed_copy(tmp_path / f"killed-{kept}", b"".join(written[:kept]))
        resumed = copy.session(workers(slots=2, seed=kept))
        assert results(resumed) == want, f"event {kept}"
        assert len(resumed.trials) == len(want)


def test_a_kill_with_several_running_trials_changes_no_result_of_random_search(
    bench, workers, tmp_path, conditional
):
    study = bench(
        searching(conditional, "random", "none")
        + ARMS.replace("layers: 1}", "layers: 1, learning_rate: 1e-3}")
    )
    want = results(study.run(workers(slots=3, seed=1)))
    written = lines(study)
    for kept in range(1, len(written)):
        copy = study.killed_copy(tmp_path / f"killed-{kept}", b"".join(written[:kept]))
        assert results(copy.session(workers(slots=3, seed=kept))) == want


def results(history):
    return {
        (t.stage, configuration_key(t.config), t.seed): (
            t.state,
            [(r.epoch, r.metrics) for r in t.reports],
        )
        for t in history.trials.values()
    }


def test_a_study_killed_again_and_again_repeats_nothing_that_was_recorded(
    bench, story, workers, tmp_path, conditional
):
    study = bench(searching(conditional, "tpe", "asha") + ARMS)
    want = story(study.run())
    log = lines(study)[0]
    for generation in range(200):
        copy = study.killed_copy(tmp_path / f"generation-{generation}", log)
        history = copy.session()
        written = lines(copy)
        if (
            len(written) - log.count(b"\n") <= 3
        ):  # a session's own two events, and one of work
            break
        log = b"".join(
            written[: log.count(b"\n") + 3]
        )  # each process lives for three events
    assert story(history) == want
    epochs = Counter(
        (e["trial"], e["epoch"])
        for e in replay(copy.log).events
        if e["event"] == "epoch"
    )
    assert set(epochs.values()) == {1}
