"""The schedule: what runs next, whether it goes on, what stops a study, and what limits it."""

import errno
import os

import pytest

from sweep.errors import CannotWrite, SweepError, UnknownName
from sweep.history.folding import fold
from sweep.log.event_log import EventLog
from sweep.log.reader import replay
from sweep.model.trial import EpochReport, State, Trial, trial_folder
from sweep.search.search_stage import ranking
from sweep.stopping import rule_class
from tests.sweep.session.searches import ARMS, assert_whole, lines, searching

# --------------------------------------------------------------------------- verdicts


def test_a_stop_decision_is_recorded_with_its_epoch_so_a_kill_cannot_lose_it(
    bench, workers, tmp_path, conditional
):
    study = bench(searching(conditional, "random", "asha"))
    study.run()
    written = lines(study)
    at = next(i for i, line in enumerate(written) if b'"state":"pruned"' in line)
    copy = study.killed_copy(tmp_path / "killed", b"".join(written[:at]))
    crew = workers()
    history = copy.session(crew)
    pruned = next(
        e["trial"] for e in replay(study.log).events if e.get("state") == "pruned"
    )
    assert history.trials[pruned].state is State.PRUNED
    assert pruned not in [a.trial for a in crew.assignments], (
        "it is not trained again to be judged again"
    )


def test_ablation_trials_are_never_pruned(bench, conditional):
    text = searching(conditional, "random", "asha") + ARMS
    history = bench(text).run()
    assert all(t.state is State.COMPLETE for t in history.stage("ablation"))
    assert any(t.state is State.PRUNED for t in history.stage("search"))


def test_a_configuration_is_judged_by_its_first_seed_and_its_further_seeds_run_to_the_end(
    bench, conditional
):
    history = bench(searching(conditional, "random", "asha", trials=8)).run()
    judged = {
        t.attributes["suggestion"]: t.state
        for t in history.trials.values()
        if t.seed == 0
    }
    assert set(judged.values()) == {State.PRUNED, State.COMPLETE}
    further = {
        t.attributes["suggestion"]: t.state
        for t in history.trials.values()
        if t.seed == 1
    }
    assert further == {
        number: State.COMPLETE
        for number, state in judged.items()
        if state is State.COMPLETE
    }


def test_no_trial_is_pruned_at_its_last_epoch(bench, conditional):
    text = searching(conditional, "random", "asha", trials=8).replace(
        "eta: 2", "eta: 2, min_iter: 4"
    )
    assert {t.state for t in bench(text).run().trials.values()} == {State.COMPLETE}


# --------------------------------------------------------------------------- stopping


def test_a_stop_request_interrupts_trials_at_their_next_report_and_a_resume_continues(
    bench, workers, story
):
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
    assert {a.trial for a in crew.assignments[before : before + len(running)]} == {
        t.number for t in running
    }
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


def test_the_first_stop_reason_is_kept(bench):
    study = bench()

    def stop_twice(schedule):
        schedule.request_stop("first")
        schedule.request_stop("second")

    study.create()
    assert study.session(before=stop_twice).sessions[-1].ended == "first"
    assert lines(study)[-1].count(b"first") == 1


# --------------------------------------------------------------------------- results
# that cannot be written


def test_a_trial_whose_files_cannot_be_written_stops_the_study_and_is_neither_failed_nor_lost(
    bench, workers
):
    study = bench().create()

    def fill(schedule):
        first, second = schedule.next().trial, schedule.next().trial
        schedule.started(first), schedule.started(second)
        schedule.unwritable(
            first,
            "cannot write epoch-00000.pt: No space left on device",
            1.5,
            ["a notice"],
        )
        assert schedule.next() == "done"
        assert schedule.reported(second, EpochReport(0, {"val/f1": 0.5}, 1.0, None)), (
            "the others stop as well"
        )
        schedule.unwritable(first, "too late", 1.0)
        assert schedule.stop_error is CannotWrite

    history = study.session(before=fill)
    assert (
        history.sessions[-1].ended
        == "cannot write epoch-00000.pt: No space left on device"
    )
    assert [t.state for t in history.trials.values()] == [State.RUNNING] * 2
    assert {t.reason for t in history.trials.values()} == {history.sessions[-1].ended}
    assert (history.trials[0].overhead, history.losses) == (1.5, {})
    assert_whole(study.session(workers(slots=2)))


# --------------------------------------------------------------------------- trials that fail


def test_a_failed_trial_keeps_its_reason_and_is_not_retried_and_the_study_continues(
    bench, workers, conditional
):
    def misbehave(assignment, epoch):
        return (
            ("failed", "TrialDiverged: val/f1 is nan at epoch 1")
            if assignment.trial == 2 and epoch == 1
            else None
        )

    history = bench(searching(conditional, "tpe", "none") + ARMS).run(
        workers(misbehave=misbehave)
    )
    assert history.trials[2].state is State.FAILED
    assert history.trials[2].reason == "TrialDiverged: val/f1 is nan at epoch 1"
    assert history.trials[2].attempts == 1
    assert [
        t.number for t in history.trials.values() if t.state is not State.COMPLETE
    ] == [2]


@pytest.mark.parametrize(
    "misbehaviour, reason",
    [
        (
            ("failed", "MetricMissing: epoch 0 was reported without 'val/f1'"),
            "MetricMissing",
        ),
        ("end", "returned without a report"),
        (("lost", "worker lost: killed for memory"), "killed for memory"),
    ],
)
def test_a_common_failure_of_all_trials_stops_the_study(
    bench, workers, misbehaviour, reason
):
    study = bench()
    history = study.run(workers(misbehave=lambda assignment, epoch: misbehaviour))
    assert [t.state for t in history.trials.values() if t.state.finished] == [
        State.FAILED
    ] * 3
    assert (
        "all 3 finished trials failed for the same reason" in history.sessions[-1].ended
    )
    assert reason in history.sessions[-1].ended


def test_different_failures_or_one_success_do_not_stop_the_study(
    bench, workers, conditional
):
    text = searching(conditional, "random", "none", trials=6)
    different = bench(text).run(
        workers(misbehave=lambda a, epoch: ("failed", f"OSError: {a.trial % 4}"))
    )
    assert len(different.trials) > 3
    some = bench(text).run(
        workers(misbehave=lambda a, epoch: ("failed", "OSError") if a.trial else None)
    )
    assert sum(t.state is State.FAILED for t in some.trials.values()) > 3
    assert some.sessions[-1].ended == "done"


def test_a_trial_without_a_finite_metric_fails_and_is_never_best(
    bench, workers, conditional
):
    def misbehave(assignment, epoch):
        return (
            ("metrics", {"val/f1": None})
            if assignment.trial == 0 and epoch < 4
            else None
        )

    history = bench(searching(conditional, "random", "none", trials=2)).run(
        workers(misbehave=misbehave)
    )
    assert history.trials[0].state is State.FAILED
    assert "no report has a finite val/f1" in history.trials[0].reason
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


def test_a_used_up_budget_starts_no_trial_and_gives_one_notice(bench, workers):
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
    said = [n.message for n in fold(replay(study.log).events).notices]
    assert said == ["budget.hours of 1.5 is used up: no further trial is started"]


def test_a_killed_sessions_time_counts_against_the_budget(bench, tmp_path):
    study = bench()
    study.create()
    events = replay(study.log).events
    session = {
        "event": "session_started",
        "pid": 1,
        "host": "h",
        "command": "",
        "environment": {},
    }
    notice = {"event": "notice", "message": "alive", "trial": None}
    at = events[0]["time"]
    told = [*events, {**session, "time": at}, {**notice, "time": at + 3600}]
    assert fold(told).seconds == pytest.approx(3600)
    told += [{**session, "time": at + 9000}, {**notice, "time": at + 9060}]
    assert fold(told).seconds == pytest.approx(3660), (
        "the time between two sessions is nobody's"
    )
    told += [{"event": "session_ended", "reason": "done", "time": at - 5}]
    assert fold(told).seconds == pytest.approx(3600), (
        "a clock that was set back takes nothing away"
    )


def test_a_met_target_starts_no_further_trial(bench):
    study = bench()
    study.text = study.text.replace("goal: maximize}", "goal: maximize, target: 0.3}")
    (study.folder / "study.yaml").write_text(study.text)
    history = study.run()
    assert len(history.trials) == 1
    assert "met the target" in history.notices[-1].message


def test_a_trial_without_reports_is_listed_until_it_reports(bench):
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


def test_a_full_disk_stops_the_study_and_leaves_it_resumable(
    bench, story, tmp_path, monkeypatch
):
    calm = bench()
    want = story(calm.run())
    for allowed in range(3, 60, 7):
        study = bench().create()
        written = []

        def write(fd, data, written=written, allowed=allowed):
            written.append(data)
            if len(written) > allowed:
                os.write(
                    fd, data[: len(data) // 2]
                )  # a full disk takes what still fits
                raise OSError(errno.ENOSPC, "No space left on device")
            return os.write(fd, data)

        with monkeypatch.context() as patched:
            defaults = EventLog.__init__.__kwdefaults__
            patched.setattr(
                EventLog.__init__,
                "__kwdefaults__",
                {**defaults, "write": write, "sync": lambda fd: None},
            )
            with pytest.raises(
                SweepError, match=r"No space left on device.*sweep resume"
            ):
                study.session()
        assert story(study.session()) == want


def test_an_unknown_pruner_is_refused_by_name():
    with pytest.raises(UnknownName, match="did you mean 'asha'"):
        rule_class("ashaa")


# --------------------------------------------------------------------------- folders


@pytest.mark.parametrize(
    "label", ["../../etc/passwd", "x" * 500, "Ünïcode ✓", "", "a/b\0c", "+ focal γ=2"]
)
def test_a_trial_folder_is_a_plain_short_name_whatever_the_label(label):
    name = trial_folder(Trial(7, "ablation", label, {}, seed=3, fold=1))
    assert name.startswith("00007-")
    assert name.endswith("-seed3-fold1")
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert len(name) < 80
