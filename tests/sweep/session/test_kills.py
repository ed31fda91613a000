"""A driver that is killed at any event, for every sampler and pruner: the resumed study is the same study."""

from collections import Counter

import pytest

from sweep.history.event_records import to_record
from sweep.history.folding import fold
from sweep.log.reader import replay
from sweep.model.trial import State, configuration_key
from sweep.samplers import SAMPLERS
from sweep.spec.search_section import EXHAUSTIVE
from sweep.stopping import PRUNERS
from tests.sweep.session.searches import (
    ARMS,
    FINITE,
    LAYERED,
    RULES,
    assert_whole,
    lines,
    searching,
)

METHODS = ("tpe", "foretold", "cmaes", "qmc", "random", "grid", "brute_force")
# These go on exactly as well, by the conformance suite of the samplers: an answer of gp takes about
# a second, and nsga2 has objectives instead of rules that stop trials.
NOT_KILLED_HERE = ("gp", "nsga2")
OFTEN = ("none", "asha", "median")  # tried with several methods; the others with one
CASES = [
    (m, r)
    for m in METHODS
    for r in RULES
    if m == "random" or r == "asha" or (r in OFTEN and m in ("tpe", "grid"))
]
cases = pytest.mark.parametrize("method, rule", CASES)


def test_every_registered_pruner_is_killed_here():
    assert set(RULES) == set(PRUNERS)


def test_every_registered_sampler_is_killed_here_or_said_not_to_be():
    assert {*METHODS, *NOT_KILLED_HERE} == set(SAMPLERS)


@cases
def test_a_driver_killed_after_any_event_ends_with_the_same_study(
    bench, story, tmp_path, conditional, method, rule
):
    head = FINITE if method in EXHAUSTIVE else LAYERED if method == "cmaes" else conditional
    study = bench(searching(head, method, rule) + ARMS)
    lived = study.run()
    stopped = [t for t in lived.trials.values() if t.state is State.PRUNED or t.given_up]
    assert stopped or rule in OFTEN, "a rule that stops nothing shows nothing here"
    want = story(lived)
    written = lines(study)
    for kept in range(1, len(written)):
        resumed = study.killed_copy(tmp_path / f"killed-{kept}", b"".join(written[:kept])).session()
        assert story(resumed) == want, f"killed after event {kept}: {written[kept - 1]!r}"


def test_a_driver_killed_inside_a_write_ends_with_the_same_study(
    bench, story, tmp_path, conditional
):
    study = bench(searching(conditional, "tpe", "asha") + ARMS)
    want = story(study.run())
    written = lines(study)
    for kept in range(1, len(written)):
        torn = b"".join(written[:kept]) + written[kept][: len(written[kept]) // 2]
        assert story(study.killed_copy(tmp_path / f"torn-{kept}", torn).session()) == want


@cases
def test_several_trials_in_flight_survive_a_kill_at_any_event(
    bench, workers, tmp_path, conditional, method, rule
):
    head = FINITE if method in EXHAUSTIVE else LAYERED if method == "cmaes" else conditional
    study = bench(searching(head, method, rule) + ARMS)
    study.run(workers(slots=3, seed=1))
    written = lines(study)
    for kept in range(1, len(written), 2):
        copy = study.killed_copy(tmp_path / f"killed-{kept}", b"".join(written[:kept]))
        assert_whole(copy.session(workers(slots=3, seed=kept)))


def test_where_nothing_depends_on_the_order_a_kill_changes_nothing_with_several_trials_in_flight(
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
        if len(written) - log.count(b"\n") <= 3:  # a session's own two events, and one of work
            break
        log = b"".join(written[: log.count(b"\n") + 3])  # each process lives for three events
    assert story(history) == want
    epochs = Counter(
        (e["trial"], e["epoch"]) for e in replay(copy.log).events if e["event"] == "epoch"
    )
    assert set(epochs.values()) == {1}


def test_the_history_lived_through_is_the_history_replayed(bench, story):
    study = bench()
    lived = study.run()
    assert story(lived) == story(fold(replay(study.log).events))


def test_a_listener_hears_every_event_after_it_is_durable_and_with_it_taken_in(bench):
    study = bench()

    def listen(history, event):
        record = replay(study.log).events[len(study.heard) + 1]  # behind study_created
        assert to_record(event).items() <= record.items()
        assert history.last_time == record["time"]
        study.heard.append(event)

    study.run(listen=listen)
    recorded = [record["event"] for record in replay(study.log).events]
    assert [event.kind for event in study.heard] == recorded[1:]
