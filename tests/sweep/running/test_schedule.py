"""The schedule: whatever happens to the driver or its workers, every trial is run once and counted once."""

import errno
import os
from collections import Counter

import pytest

from sweep.errors import CannotWrite, SweepError, UnknownName
from sweep.log.event_log import EventLog, replay
from sweep.log.history import fold
from sweep.prune import PRUNERS, pruner
from sweep.running.backoff import rest
from sweep.running.schedule import trial_folder
from sweep.samplers import SAMPLERS
from sweep.spec.search import EXHAUSTIVE, MODELLING
from sweep.stages.search import ranking
from sweep.trial import State, Trial, configuration_key
from sweep.worker.local_run import EpochReport

METHODS = ("tpe", "foretold", "cmaes", "qmc", "random", "grid", "brute_force")
# These go on exactly as well, by the conformance suite of the samplers: an answer of gp takes about a second, and nsga2
# has objectives instead of rules that stop trials.
NOT_KILLED_HERE = ("gp", "nsga2")
# Every registered rule, so that it decides something; a new one fails here until it is listed.
RULES = {
    "none": "",
    "asha": "eta: 2",
    "median": "min_iter: 1",
    "percentile": "percentile: 50, n_startup_trials: 1",
    "patient": "patience: 0, rule: {type: asha, eta: 2}",
    "threshold": "lower: 0.3",
    "hyperband": "min_iter: 1, eta: 2",
    "wilcoxon": "p_threshold: 0.3",
}
OFTEN = ("none", "asha", "median")  # tried with several methods; the others with one
CASES = [
    (m, r) for m in METHODS for r in RULES if m == "random" or r == "asha" or (r in OFTEN and m in ("tpe", "grid"))
]
cases = pytest.mark.parametrize("method, rule", CASES)
FINITE = """
name: finite
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 4
  loss_type: {values: [ce, focal]}
  focal_gamma: {values: [1.0, 2.0], when: {loss_type: focal}}
  layers: {min: 1, max: 3, when: {loss_type: ce}}
"""
# A number that every configuration has.
LAYERED = FINITE.replace("name: finite", "name: layered").replace(", when: {loss_type: ce}", "")
ARMS = """
ablation:
  baseline: {loss_type: ce, layers: 1}
  seeds: [0, 1]
  designs:
    arms:
      focal: {loss_type: focal, focal_gamma: 2.0}
      deep: {layers: 3}
"""


def searching(head, method, rule, trials=4):
    startup = ", n_startup_trials: 2" if method in MODELLING else ""
    many = "" if method in EXHAUSTIVE else f", trials: {trials}"
    seeds = "[0, 1, 2]" if rule == "wilcoxon" else "[0, 1]"
    if rule == "patient":  # curves rise, so that only what is to be minimised can lose patience
        head = head.replace("maximize", "minimize")
    said = f"{{type: {rule}, {RULES[rule]}}}"
    return f"{head}search: {{method: {method}, seeds: {seeds}{many}{startup}}}\nearly_terminate: {said}\n"


def test_every_registered_pruner_is_killed_here():
    assert set(RULES) == set(PRUNERS)


def test_every_registered_sampler_is_killed_here_or_said_not_to_be():
    assert {*METHODS, *NOT_KILLED_HERE} == set(SAMPLERS)


def lines(study):
    return study.log.read_bytes().splitlines(keepends=True)


# --------------------------------------------------------------------------- killed drivers


@cases
def test_a_driver_killed_after_any_event_ends_with_the_same_study(bench, story, tmp_path, conditional, method, rule):
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


def test_a_driver_killed_inside_a_write_ends_with_the_same_study(bench, story, tmp_path, conditional):
    study = bench(searching(conditional, "tpe", "asha") + ARMS)
    want = story(study.run())
    written = lines(study)
    for kept in range(1, len(written)):
        torn = b"".join(written[:kept]) + written[kept][: len(written[kept]) // 2]
        assert story(study.killed_copy(tmp_path / f"torn-{kept}", torn).session()) == want


@cases
def test_several_trials_in_flight_survive_a_kill_at_any_event(bench, workers, tmp_path, conditional, method, rule):
    head = FINITE if method in EXHAUSTIVE else LAYERED if method == "cmaes" else conditional
    study = bench(searching(head, method, rule) + ARMS)
    study.run(workers(slots=3, seed=1))
    written = lines(study)
    for kept in range(1, len(written), 2):
        copy = study.killed_copy(tmp_path / f"killed-{kept}", b"".join(written[:kept]))
        assert_whole(copy.session(workers(slots=3, seed=kept)))


def assert_whole(history):
    """Every planned training run once, every epoch once and in order, nothing left over."""
    trials = history.trials.values()
    assert all(trial.state.finished for trial in trials)
    once = Counter((t.stage, configuration_key(t.config), t.seed, t.fold) for t in trials)
    assert set(once.values()) == {1}
    search = [t for t in trials if t.stage == "search"]
    assert len({t.attributes["suggestion"] for t in search}) == history.spec.search.trials
    ablation = {(configuration_key(t.config), t.seed) for t in trials if t.stage == "ablation"}
    assert ablation == {(configuration_key(arm.config), s) for arm in history.arms for s in history.spec.ablation.seeds}
    for trial in trials:
        epochs = [report.epoch for report in trial.reports]
        assert epochs == list(range(len(epochs)))
        assert trial.state is not State.COMPLETE or len(epochs) == trial.config["epochs"]
        assert trial.stage == "search" or trial.state is State.COMPLETE


def test_where_nothing_depends_on_the_order_a_kill_changes_nothing_with_several_trials_in_flight(
    bench, workers, tmp_path, conditional
):
    study = bench(
        searching(conditional, "random", "none") + ARMS.replace("layers: 1}", "layers: 1, learning_rate: 1e-3}")
    )
    want = results(study.run(workers(slots=3, seed=1)))
    written = lines(study)
    for kept in range(1, len(written)):
        copy = study.killed_copy(tmp_path / f"killed-{kept}", b"".join(written[:kept]))
        assert results(copy.session(workers(slots=3, seed=kept))) == want


def results(history):
    return {
        (t.stage, configuration_key(t.config), t.seed): (t.state, [(r.epoch, r.metrics) for r in t.reports])
        for t in history.trials.values()
    }


def test_a_study_killed_again_and_again_repeats_nothing_that_was_recorded(bench, story, workers, tmp_path, conditional):
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
    epochs = Counter((e["trial"], e["epoch"]) for e in replay(copy.log).events if e["event"] == "epoch")
    assert set(epochs.values()) == {1}


def test_the_history_lived_through_is_the_history_replayed(bench, story):
    study = bench()
    lived = study.run()
    assert story(lived) == story(fold(replay(study.log).events))


def test_a_listener_hears_every_event_after_it_is_durable_and_with_it_taken_in(bench):
    study = bench()

    def listen(history, event):
        assert replay(study.log).events[-1]["seq"] >= event["seq"]
        assert history.last_time == event["time"]
        study.heard.append(event["seq"])

    study.run(listen=listen)
    assert study.heard == list(range(1, len(lines(study))))


# --------------------------------------------------------------------------- verdicts


def test_a_verdict_is_part_of_its_epoch_so_that_a_kill_cannot_lose_it(bench, workers, tmp_path, conditional):
    study = bench(searching(conditional, "random", "asha"))
    study.run()
    written = lines(study)
    at = next(i for i, line in enumerate(written) if b'"state":"pruned"' in line)
    copy = study.killed_copy(tmp_path / "killed", b"".join(written[:at]))
    crew = workers()
    history = copy.session(crew)
    pruned = next(e["trial"] for e in replay(study.log).events if e.get("state") == "pruned")
    assert history.trials[pruned].state is State.PRUNED
    assert pruned not in [a.trial for a in crew.assignments], "it is not trained again to be judged again"


def test_ablation_trials_are_never_pruned(bench, conditional):
    text = searching(conditional, "random", "asha") + ARMS
    history = bench(text).run()
    assert all(t.state is State.COMPLETE for t in history.stage("ablation"))
    assert any(t.state is State.PRUNED for t in history.stage("search"))


def test_a_configuration_is_judged_by_its_first_seed_and_its_further_seeds_run_to_the_end(bench, conditional):
    history = bench(searching(conditional, "random", "asha", trials=8)).run()
    judged = {t.attributes["suggestion"]: t.state for t in history.trials.values() if t.seed == 0}
    assert set(judged.values()) == {State.PRUNED, State.COMPLETE}
    further = {t.attributes["suggestion"]: t.state for t in history.trials.values() if t.seed == 1}
    assert further == {number: State.COMPLETE for number, state in judged.items() if state is State.COMPLETE}


def test_nothing_is_pruned_with_its_last_epoch(bench, conditional):
    text = searching(conditional, "random", "asha", trials=8).replace("eta: 2", "eta: 2, min_iter: 4")
    assert {t.state for t in bench(text).run().trials.values()} == {State.COMPLETE}


# --------------------------------------------------------------------------- stopping


def test_a_stop_request_ends_every_running_trial_at_its_next_report_and_a_resume_goes_on(bench, workers, story):
    study = bench()
    requested = []

    def misbehave(assignment, epoch):
        if len(study.heard) > 20 and not requested:
            requested.append(study.schedule.request_stop("interrupted by SIGINT"))

    def remember(schedule):
        study.schedule = schedule

    crew = workers(slots=2, misbehave=misbehave)
    study.create()
    history = study.session(crew, before=remember)
    running = history.unfinished()
    assert 1 <= len(running) <= 2
    assert {t.reason for t in running} == {"interrupted by SIGINT"}
    assert study.schedule.next() == "done"
    assert history.sessions[-1].ended == "interrupted by SIGINT"
    before = len(crew.assignments)
    resumed = study.session(crew)
    assert {a.trial for a in crew.assignments[before : before + len(running)]} == {t.number for t in running}
    assert_whole(resumed)


def test_a_resumed_trial_starts_behind_its_last_recorded_epoch_with_the_hashes_of_its_checkpoints(
    bench, workers, tmp_path
):
    study = bench()
    study.run()
    written = lines(study)
    at = [i for i, line in enumerate(written) if b'"event":"epoch"' in line][2]
    crew = workers()
    study.killed_copy(tmp_path / "killed", b"".join(written[: at + 1])).session(crew)
    first = crew.assignments[0]
    assert (first.trial, first.attempt, first.last_epoch) == (0, 2, 2)
    assert dict(first.checkpoints) == {epoch: f"{epoch:064x}" for epoch in range(3)}


def test_the_first_reason_to_stop_stands(bench):
    study = bench()

    def stop_twice(schedule):
        schedule.request_stop("first")
        schedule.request_stop("second")

    study.create()
    assert study.session(before=stop_twice).sessions[-1].ended == "first"
    assert lines(study)[-1].count(b"first") == 1


# --------------------------------------------------------------------------- workers that die


def test_a_lost_worker_costs_no_epoch_that_was_reported(bench, workers, story):
    lost = []

    def misbehave(assignment, epoch):
        if epoch == 2 and assignment.attempt == 1:
            lost.append(assignment.trial)
            return "lost", "worker lost: killed for memory"
        return None

    calm, stormy = bench(), bench()
    stormy.text += "resources: {retry_backoff_seconds: 0}\n"  # else other trials go first, and TPE knows other ones
    (stormy.folder / "study.yaml").write_text(stormy.text)
    assert story(stormy.run(workers(misbehave=misbehave))) == story(calm.run())
    assert len(lost) > 3


def test_a_trial_whose_worker_always_dies_is_retried_as_often_as_the_study_says_then_failed(
    bench, workers, conditional
):
    def misbehave(assignment, epoch):
        return ("lost", "worker lost: segfault") if assignment.trial == 0 else None

    study = bench(searching(conditional, "random", "none", trials=2) + "resources: {retries: 3}\n")
    history = study.run(workers(misbehave=misbehave))
    assert history.trials[0].state is State.FAILED
    assert history.trials[0].attempts == 4
    assert history.trials[0].reason == "worker lost: segfault (after 4 attempts)"
    assert [t.state for t in history.trials.values()][1:] == [State.COMPLETE] * 2, "the study goes on"


def test_a_trial_that_lost_its_worker_rests_twice_as_long_each_time_and_others_go_first(bench, conditional):
    text = searching(conditional, "random", "none", trials=2) + "resources: {retries: 9, retry_backoff_seconds: 2}\n"
    study = bench(text).create()

    def lose(schedule):
        rests, others = [], set()
        for _ in range(9):
            first = schedule.next().trial
            schedule.started(first)
            schedule.lost(first, "worker lost: killed for memory")
            rests.append(schedule.resting)
            while not isinstance(other := schedule.next(), str):
                others.add(other.trial)
                schedule.started(other.trial)
                schedule.completed(other.trial, 0.0)
            assert other == "wait", "the only trial left rests"
            study.clock.sleep(schedule.resting - 0.01)
            assert schedule.next() == "wait"
            study.clock.sleep(0.02)
        assert rests == [2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0]
        assert others == {1}
        assert schedule.history.losses == {0: ["worker lost: killed for memory"] * 9}

    study.session(before=lose)


def test_no_rest_is_longer_than_ten_minutes():
    assert [rest(1.0, losses) for losses in (1, 2, 10, 11, 5000)] == [1.0, 2.0, 512.0, 600.0, 600.0]
    assert rest(0.0, 7) == 0.0


def test_a_trial_at_rest_does_not_outlive_a_stop(bench):
    study = bench().create()

    def stop(schedule):
        number = schedule.next().trial
        schedule.started(number)
        schedule.lost(number, "worker lost")
        schedule.request_stop("interrupted by SIGINT")
        assert schedule.next() == "done"

    assert [t.state for t in study.session(before=stop).trials.values()] == [State.RUNNING]


def test_a_worker_that_was_ended_for_its_silence_is_a_loss_that_says_so(bench):
    study = bench()
    study.text += "resources: {no_progress_minutes: 10}\n"
    (study.folder / "study.yaml").write_text(study.text)
    study.create()

    def hang(schedule):
        number = schedule.next().trial
        schedule.started(number)
        study.clock.sleep(601)
        assert schedule.silent() == {number}
        schedule.lost(number, "worker lost: the actor was killed")
        assert schedule.history.losses == {
            number: ["hung: no report for 10 minutes (resources.no_progress_minutes); its worker was ended"]
        }

    study.session(before=hang)


def test_interruptions_are_not_held_against_a_trial(bench, workers, tmp_path, conditional):
    study = bench(searching(conditional, "random", "none", trials=1) + "resources: {retries: 1}\n")
    study.run()
    log = b"".join(lines(study)[:4])  # created, session, trial, started
    for kill in range(5):
        copy = study.killed_copy(tmp_path / f"killed-{kill}", log)
        copy.session()
        log = b"".join(lines(copy)[: log.count(b"\n") + 2])  # a session, the trial handed out again, and a kill

    def lose_once(assignment, epoch):
        if assignment.trial == 0 and not seen:
            return seen.append(1) or ("lost", "worker lost")
        return None

    seen = []
    history = study.killed_copy(tmp_path / "last", log).session(workers(misbehave=lose_once))
    assert history.trials[0].attempts == 8
    assert history.trials[0].state is State.COMPLETE


def test_a_worker_that_was_given_up_is_told_to_stop_and_changes_nothing(bench, story):
    study = bench()
    study.create()

    def interfere(schedule):
        assignment = schedule.next()
        schedule.started(assignment.trial)
        schedule.lost(assignment.trial, "worker lost")
        before = story(schedule.history)
        assert schedule.reported(assignment.trial, EpochReport(0, {"val/f1": 0.9}, 1.0, None))
        schedule.completed(assignment.trial, 1.0)
        schedule.failed(assignment.trial, "late", 1.0)
        schedule.lost(assignment.trial, "again")
        assert story(schedule.history) == before

    assert_whole(study.session(before=interfere))


def test_an_epoch_trained_again_from_an_older_checkpoint_is_not_recorded_again(bench):
    study = bench()
    study.create()

    def retrain(schedule):
        number = schedule.next().trial
        schedule.started(number)
        for epoch, value in ((0, 0.1), (1, 0.2), (0, 0.7), (1, 0.8)):
            assert not schedule.reported(number, EpochReport(epoch, {"val/f1": value}, 1.0, None))
        assert [r.metrics["val/f1"] for r in schedule.history.trials[number].reports] == [0.1, 0.2]
        assert [e["event"] for e in replay(study.log).events[-2:]] == ["epoch", "epoch"], "and no checkpoint of it"

    study.session(before=retrain)


def test_the_checkpoint_of_an_epoch_trained_again_is_the_one_the_study_knows_from_then_on(bench, workers, tmp_path):
    study = bench().create()

    def retrain(schedule):
        number = schedule.next().trial
        schedule.started(number)
        for epoch, digest in ((0, "a"), (1, "b"), (2, None), (1, "b"), (1, "c"), (2, "d")):
            assert not schedule.reported(number, EpochReport(epoch, {"val/f1": 0.5}, 1.0, digest and digest * 64))

    study.session(workers(misbehave=lambda a, epoch: ("failed", "enough")), before=retrain)
    events = replay(study.log).events
    again = [(e["epoch"], e["checkpoint"][0]) for e in events if e["event"] == "checkpoint"]
    assert again == [(1, "c"), (2, "d")], "the same file twice is no news"
    assert {k: v[0] for k, v in fold(events).checkpoints[0].items()} == {0: "a", 1: "c", 2: "d"}


# --------------------------------------------------------------------------- results that cannot be written


def test_a_trial_whose_files_cannot_be_written_stops_the_study_and_is_neither_failed_nor_lost(bench, workers):
    study = bench().create()

    def fill(schedule):
        first, second = schedule.next().trial, schedule.next().trial
        schedule.started(first), schedule.started(second)
        schedule.unwritable(first, "cannot write epoch-00000.pt: No space left on device", 1.5, ["a notice"])
        assert schedule.next() == "done"
        assert schedule.reported(second, EpochReport(0, {"val/f1": 0.5}, 1.0, None)), "the others stop as well"
        schedule.unwritable(first, "too late", 1.0)
        assert schedule.stop_error is CannotWrite

    history = study.session(before=fill)
    assert history.sessions[-1].ended == "cannot write epoch-00000.pt: No space left on device"
    assert [t.state for t in history.trials.values()] == [State.RUNNING] * 2
    assert {t.reason for t in history.trials.values()} == {history.sessions[-1].ended}
    assert (history.trials[0].overhead, history.losses) == (1.5, {})
    assert_whole(study.session(workers(slots=2)))


# --------------------------------------------------------------------------- trials that fail


def test_a_failed_trial_keeps_its_reason_is_not_retried_and_the_study_goes_on(bench, workers, conditional):
    def misbehave(assignment, epoch):
        return ("failed", "TrialDiverged: val/f1 is nan at epoch 1") if assignment.trial == 2 and epoch == 1 else None

    history = bench(searching(conditional, "tpe", "none") + ARMS).run(workers(misbehave=misbehave))
    assert history.trials[2].state is State.FAILED
    assert history.trials[2].reason == "TrialDiverged: val/f1 is nan at epoch 1"
    assert history.trials[2].attempts == 1
    assert [t.number for t in history.trials.values() if t.state is not State.COMPLETE] == [2]


@pytest.mark.parametrize(
    "misbehaviour, reason",
    [
        (("failed", "MetricMissing: epoch 0 was reported without 'val/f1'"), "MetricMissing"),
        ("end", "without a single report"),
        (("lost", "worker lost: killed for memory"), "killed for memory"),
    ],
)
def test_trials_that_all_fail_alike_stop_the_study(bench, workers, misbehaviour, reason):
    study = bench()
    history = study.run(workers(misbehave=lambda assignment, epoch: misbehaviour))
    assert [t.state for t in history.trials.values() if t.state.finished] == [State.FAILED] * 3
    assert "all 3 finished trials failed alike" in history.sessions[-1].ended
    assert reason in history.sessions[-1].ended


def test_failures_of_different_kinds_or_beside_a_success_do_not_stop_the_study(bench, workers, conditional):
    text = searching(conditional, "random", "none", trials=6)
    different = bench(text).run(workers(misbehave=lambda a, epoch: ("failed", f"OSError: {a.trial % 4}")))
    assert len(different.trials) > 3
    some = bench(text).run(workers(misbehave=lambda a, epoch: ("failed", "OSError") if a.trial else None))
    assert sum(t.state is State.FAILED for t in some.trials.values()) > 3
    assert some.sessions[-1].ended == "done"


def test_a_trial_without_a_finite_metric_fails_and_is_never_best(bench, workers, conditional):
    def misbehave(assignment, epoch):
        return ("metrics", {"val/f1": None}) if assignment.trial == 0 and epoch < 4 else None

    history = bench(searching(conditional, "random", "none", trials=2)).run(workers(misbehave=misbehave))
    assert history.trials[0].state is State.FAILED
    assert "no report carries a finite val/f1" in history.trials[0].reason
    assert history.trials[0] not in ranking(history)


# --------------------------------------------------------------------------- limits


@pytest.mark.parametrize("most", [1, 2, 3])
def test_no_more_trials_are_in_flight_than_the_study_allows(bench, workers, most):
    study = bench()
    study.text += f"resources: {{max_concurrent: {most}}}\n"
    (study.folder / "study.yaml").write_text(study.text)
    crew = workers(slots=8)
    assert_whole(study.run(crew))
    assert crew.most == most


def test_a_spent_budget_starts_nothing_more_and_says_so_once(bench, workers):
    study = bench()
    study.text += "budget: {hours: 1.5}\n"
    (study.folder / "study.yaml").write_text(study.text)
    now = [0.0]

    def an_hour_an_epoch(assignment, epoch):
        now[0] += 600.0

    crew = workers(slots=2, misbehave=an_hour_an_epoch)
    history = study.run(crew, clock=lambda: now[0])
    assert 0 < len(history.trials) < 8
    assert all(t.state.finished for t in history.trials.values()), "what runs may end"
    study.session(crew, clock=lambda: now[0] + 7200.0)
    said = [n["message"] for n in fold(replay(study.log).events).notices]
    assert said == ["budget.hours of 1.5 is spent: no further trial is started"]


def test_a_killed_sessions_time_counts_against_the_budget(bench, tmp_path):
    study = bench()
    study.create()
    events = replay(study.log).events
    session = {"event": "session_started", "pid": 1, "host": "h", "command": "", "environment": {}}
    notice = {"event": "notice", "message": "alive", "trial": None}
    at = events[0]["time"]
    told = [*events, {**session, "time": at}, {**notice, "time": at + 3600}]
    assert fold(told).seconds == pytest.approx(3600)
    told += [{**session, "time": at + 9000}, {**notice, "time": at + 9060}]
    assert fold(told).seconds == pytest.approx(3660), "the time between two sessions is nobody's"
    told += [{"event": "session_ended", "reason": "done", "time": at - 5}]
    assert fold(told).seconds == pytest.approx(3600), "a clock that was set back takes nothing away"


def test_a_met_target_starts_nothing_more(bench):
    study = bench()
    study.text = study.text.replace("goal: maximize}", "goal: maximize, target: 0.3}")
    (study.folder / "study.yaml").write_text(study.text)
    history = study.run()
    assert len(history.trials) == 1
    assert "met the target" in history.notices[-1]["message"]


def test_a_silent_trial_is_named_until_it_speaks(bench):
    study = bench()
    study.text += "resources: {no_progress_minutes: 10}\n"
    (study.folder / "study.yaml").write_text(study.text)
    study.create()
    now = [0.0]

    def watch(schedule):
        number = schedule.next().trial
        schedule.started(number)
        now[0] = 599.0
        assert schedule.silent() == set()
        now[0] = 601.0
        assert schedule.silent() == {number}
        schedule.reported(number, EpochReport(0, {"val/f1": 0.5}, 1.0, None))
        assert schedule.silent() == set()

    study.session(before=watch, clock=lambda: now[0])


def test_a_full_disk_stops_the_study_and_leaves_it_resumable(bench, story, tmp_path, monkeypatch):
    calm = bench()
    want = story(calm.run())
    for allowed in range(3, 60, 7):
        study = bench().create()
        written = []

        def write(fd, data, written=written, allowed=allowed):
            written.append(data)
            if len(written) > allowed:
                os.write(fd, data[: len(data) // 2])  # a full disk takes what still fits
                raise OSError(errno.ENOSPC, "No space left on device")
            return os.write(fd, data)

        with monkeypatch.context() as patched:
            defaults = EventLog.__init__.__kwdefaults__
            patched.setattr(EventLog.__init__, "__kwdefaults__", {**defaults, "write": write, "sync": lambda fd: None})
            with pytest.raises(SweepError, match=r"No space left on device.*sweep resume"):
                study.session()
        assert story(study.session()) == want


def test_an_unknown_pruner_is_refused_by_name():
    with pytest.raises(UnknownName, match="did you mean 'asha'"):
        pruner("ashaa")


# --------------------------------------------------------------------------- folders


@pytest.mark.parametrize("label", ["../../etc/passwd", "x" * 500, "Ünïcode ✓", "", "a/b\0c", "+ focal γ=2"])
def test_a_trial_folder_is_a_plain_short_name_whatever_the_label(label):
    name = trial_folder(Trial(7, "ablation", label, {}, seed=3, fold=1))
    assert name.startswith("00007-")
    assert name.endswith("-seed3-fold1")
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert len(name) < 80
