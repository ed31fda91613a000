"""Workers that die, fall silent or come back: no epoch that was reported is lost or
counted twice."""

from sweep.history.folding import fold
from sweep.log.reader import replay
from sweep.model.trial import EpochReport, State
from sweep.session.backoff import delay
from tests.sweep.session.searches import assert_whole, lines, searching


def test_a_lost_worker_costs_no_epoch_that_was_reported(bench, workers, story):
    lost = []

    def misbehave(assignment, epoch):
        if epoch == 2 and assignment.attempt == 1:
            lost.append(assignment.trial)
            return "lost", "worker lost: killed for memory"
        return None

    calm, stormy = bench(), bench()
    # else other trials go first, and TPE knows other ones
    stormy.text += "resources: {retry_backoff_seconds: 0}\n"
    (stormy.folder / "study.yaml").write_text(stormy.text)
    assert story(stormy.run(workers(misbehave=misbehave))) == story(calm.run())
    assert len(lost) > 3


def test_a_trial_whose_worker_always_dies_fails_after_the_allowed_retries(
    bench, workers, conditional
):
    def misbehave(assignment, epoch):
        return ("lost", "worker lost: segfault") if assignment.trial == 0 else None

    study = bench(
        searching(conditional, "random", "none", trials=2) + "resources: {retries: 3}\n"
    )
    history = study.run(workers(misbehave=misbehave))
    assert history.trials[0].state is State.FAILED
    assert history.trials[0].attempts == 4
    assert history.trials[0].reason == "worker lost: segfault (after 4 attempts)"
    assert [t.state for t in history.trials.values()][1:] == [State.COMPLETE] * 2, (
        "the study goes on"
    )


def test_a_trial_that_lost_its_worker_waits_twice_as_long_each_time_and_others_go_first(
    bench, conditional
):
    text = (
        searching(conditional, "random", "none", trials=2)
        + "resources: {retries: 9, retry_backoff_seconds: 2}\n"
    )
    study = bench(text).create()

    def lose(schedule):
        rests, others = [], set()
        for _ in range(9):
            first = schedule.next().trial
            schedule.started(first)
            schedule.lost(first, "worker lost: killed for memory")
            rests.append(schedule.backoff_seconds)
            while not isinstance(other := schedule.next(), str):
                others.add(other.trial)
                schedule.started(other.trial)
                schedule.completed(other.trial, 0.0)
            assert other == "wait", "the only trial left rests"
            study.clock.sleep(schedule.backoff_seconds - 0.01)
            assert schedule.next() == "wait"
            study.clock.sleep(0.02)
        assert rests == [2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0]
        assert others == {1}
        assert schedule.history.losses == {0: ["worker lost: killed for memory"] * 9}

    study.session(before=lose)


def test_a_lost_trial_waits_at_most_ten_minutes():
    assert [delay(1.0, losses) for losses in (1, 2, 10, 11, 5000)] == [
        1.0,
        2.0,
        512.0,
        600.0,
        600.0,
    ]
    assert delay(0.0, 7) == 0.0


def test_a_waiting_trial_does_not_delay_a_stop(bench):
    study = bench().create()

    def stop(schedule):
        number = schedule.next().trial
        schedule.started(number)
        schedule.lost(number, "worker lost")
        schedule.request_stop("interrupted by SIGINT")
        assert schedule.next() == "done"

    assert [t.state for t in study.session(before=stop).trials.values()] == [
        State.RUNNING
    ]


def test_a_worker_killed_for_no_progress_is_recorded_as_hung(bench):
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
            number: [
                (
                    "hung: no report for 10 minutes (resources.no_progress_minutes); its"
                    " worker was ended"
                )
            ]
        }

    study.session(before=hang)


def test_interruptions_do_not_count_as_losses(bench, workers, tmp_path, conditional):
    study = bench(
        searching(conditional, "random", "none", trials=1) + "resources: {retries: 1}\n"
    )
    study.run()
    log = b"".join(lines(study)[:4])  # created, session, trial, started
    for kill in range(5):
        copy = study.killed_copy(tmp_path / f"killed-{kill}", log)
        copy.session()
        log = b"".join(
            lines(copy)[: log.count(b"\n") + 2]
        )  # a session, the trial handed out again, and a kill

    def lose_once(assignment, epoch):
        if assignment.trial == 0 and not seen:
            return seen.append(1) or ("lost", "worker lost")
        return None

    seen = []
    history = study.killed_copy(tmp_path / "last", log).session(
        workers(misbehave=lose_once)
    )
    assert history.trials[0].attempts == 8
    assert history.trials[0].state is State.COMPLETE


def test_a_worker_counted_as_lost_is_told_to_stop_and_its_reports_are_ignored(
    bench, story
):
    study = bench()
    study.create()

    def interfere(schedule):
        assignment = schedule.next()
        schedule.started(assignment.trial)
        schedule.lost(assignment.trial, "worker lost")
        before = story(schedule.history)
        assert schedule.reported(
            assignment.trial, EpochReport(0, {"val/f1": 0.9}, 1.0, None)
        )
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
            assert not schedule.reported(
                number, EpochReport(epoch, {"val/f1": value}, 1.0, None)
            )
        assert [
            r.metrics["val/f1"] for r in schedule.history.trials[number].reports
        ] == [0.1, 0.2]
        assert [e["event"] for e in replay(study.log).events[-2:]] == [
            "epoch",
            "epoch",
        ], "and no checkpoint of it"

    study.session(before=retrain)


def test_the_checkpoint_of_an_epoch_trained_again_replaces_the_earlier_one(
    bench, workers, tmp_path
):
    study = bench().create()

    def retrain(schedule):
        number = schedule.next().trial
        schedule.started(number)
        for epoch, digest in (
            (0, "a"),
            (1, "b"),
            (2, None),
            (1, "b"),
            (1, "c"),
            (2, "d"),
        ):
            assert not schedule.reported(
                number, EpochReport(epoch, {"val/f1": 0.5}, 1.0, digest and digest * 64)
            )

    study.session(
        workers(misbehave=lambda a, epoch: ("failed", "enough")), before=retrain
    )
    events = replay(study.log).events
    again = [
        (e["epoch"], e["checkpoint"][0]) for e in events if e["event"] == "checkpoint"
    ]
    assert again == [(1, "c"), (2, "d")], "the same file twice is no news"
    assert {k: v[0] for k, v in fold(events).checkpoints[0].items()} == {
        0: "a",
        1: "c",
        2: "d",
    }
