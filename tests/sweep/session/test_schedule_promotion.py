"""A study whose trials pause at rungs: who goes on, what is a result, and how such a
search ends."""

from collections import Counter

import pytest

from sweep import spec
from sweep.history.folding import fold
from sweep.log.reader import replay
from sweep.model.events import SpecExtended
from sweep.model.trial import EpochReport, State
from sweep.samplers import Observation
from sweep.search import observing, search_stage
from tests.sweep.session.searches import lines, pausing


def events(study):
    return replay(study.log).events


def states(history):
    return Counter(trial.state for trial in history.stage("search"))


def test_trials_pause_and_the_best_third_of_each_rung_continues(bench):
    history = bench(pausing()).run()
    search = history.stage("search")
    best_first = sorted(search, key=lambda trial: -trial.reports[0].metrics["val/f1"])
    third = {trial.number for trial in best_first[:3]}
    assert third <= {trial.number for trial in search if len(trial.reports) > 1}
    assert states(history)[State.COMPLETE] == 1
    assert states(history)[State.PAUSED] == 8
    assert not history.unfinished(), "nothing is left to do"


def test_a_promotion_is_a_new_attempt_after_the_last_epoch(bench, workers):
    study, crew = bench(pausing()), workers()
    history = study.run(crew)
    promoted = [e["trial"] for e in events(study) if e["event"] == "trial_promoted"]
    assert promoted
    for number in promoted:
        attempts = [given for given in crew.assignments if given.trial == number]
        assert len(attempts) == 1 + promoted.count(number)
        assert attempts[1].last_epoch in (0, 2)
        assert attempts[1].checkpoints
    reports = [(e["trial"], e["epoch"]) for e in events(study) if e["event"] == "epoch"]
    assert len(reports) == len(set(reports)), "no epoch is trained twice"
    assert history.trials[promoted[0]].attempts == 1 + promoted.count(promoted[0])


def test_a_pause_is_recorded_with_its_epoch_so_a_kill_cannot_lose_it(
    bench, workers, tmp_path
):
    study = bench(pausing())
    study.run()
    written = lines(study)
    at = next(i for i, line in enumerate(written) if b'"event":"trial_paused"' in line)
    copy = study.killed_copy(tmp_path / "killed", b"".join(written[:at]))
    before = fold(replay(copy.log).events)
    assert before.pauses
    (number,) = before.pauses
    crew = workers()
    history = copy.session(crew)
    assert crew.assignments[0].trial != number, (
        "it is not trained on to be judged again"
    )
    assert history.pauses == {}


def test_without_a_complete_trial_the_best_paused_one_is_trained_to_the_end(bench):
    study = bench(pausing(trials=2))
    history = study.run()
    assert states(history) == {State.COMPLETE: 1, State.PAUSED: 1}
    (complete,) = search_stage.ranking(history)
    (paused,) = history.paused()
    value = complete.reports[0].metrics["val/f1"]
    assert value >= paused.reports[0].metrics["val/f1"]
    reasons = {e["reason"] for e in events(study) if e["event"] == "trial_promoted"}
    assert reasons == {
        "no trial is complete: the best paused trial is trained to the end"
    }


def test_if_the_best_paused_trial_fails_the_next_one_is_trained_to_the_end(
    bench, workers
):
    def misbehave(assignment, epoch):
        return (
            ("failed", "broke")
            if assignment.attempt == 2 and assignment.trial == 0
            else None
        )

    history = bench(pausing(trials=2)).run(workers(misbehave=misbehave))
    assert states(history)[State.COMPLETE] == 1


def test_a_short_search_trains_the_best_suggestion_of_its_model_to_the_end(
    bench, workers
):
    def tenth_is_best(assignment, epoch):
        if epoch >= assignment.config["epochs"]:
            return None
        far = abs(assignment.config["x"] - 0.4)
        value = 1.0 if assignment.trial == 10 else 0.5 - far
        return "metrics", {"val/f1": value + epoch / 1000}

    text = pausing(trials=12).replace("random", "gp_multifidelity")
    study = bench(text)
    history = study.run(workers(misbehave=tenth_is_best))
    exploring = [trial.explores for trial in history.stage("search")]
    assert exploring == [True] * 10 + [False, True], "one suggestion: none is promoted"
    assert history.trials[10].state is State.COMPLETE
    reasons = [e["reason"] for e in events(study) if e["event"] == "trial_promoted"]
    assert reasons[-1] == "no new trial starts: the best of all 12 at rung 1"
    assert search_stage.over(history)


def test_a_spent_budget_still_leaves_one_result(bench, workers):
    study = bench(pausing(trials=50) + "budget: {hours: 1}\n")

    def misbehave(assignment, epoch):
        study.clock.now += 1000
        return

    history = study.run(workers(misbehave=misbehave))
    assert states(history)[State.COMPLETE] == 1
    assert len(history.trials) < 50
    assert any("budget.hours" in notice.message for notice in history.notices)


def test_more_trials_can_promote_those_that_were_left_paused(bench):
    study = bench(pausing(trials=8, epochs=3))
    first = study.run()
    left = {trial.number for trial in first.paused()}
    assert left
    more = study.killed_copy(study.folder / "more", study.log.read_bytes())
    (more.folder / "study.yaml").write_text(
        pausing(trials=30, epochs=3), encoding="utf-8"
    )
    history = more.session(before=extended(pausing(trials=30, epochs=3), more))
    went_on = [e["trial"] for e in events(more) if e["event"] == "trial_promoted"]
    assert len(history.trials) == 30
    assert left & set(went_on), "a trial of the first session goes on"


def extended(text, study):
    """Records that the study file was extended, as `sweep resume --extend` does."""

    def record(schedule):
        wanted = spec.load(study.folder / "study.yaml")
        schedule.record(SpecExtended(wanted.canonical(), text))

    return record


def test_samplers_see_a_paused_trial_as_stopped_with_its_curve_so_far(bench):
    history = bench(pausing()).run()
    for suggestion in search_stage.suggestions(history):
        seen = observing.observe(history.spec, suggestion)
        (trial,) = suggestion.trials
        assert isinstance(seen, Observation)
        assert dict(seen.curve) == trial.curve("val/f1")
        if trial.state is State.PAUSED:
            assert (seen.state, seen.value) == (State.PRUNED, None)
            assert suggestion.state is State.PAUSED


def test_a_promoted_trial_stays_what_it_was_at_its_rung_until_the_next(bench):
    study = bench(pausing())
    study.run()
    promoted = None
    for at, event in enumerate(events(study)):
        if event["event"] == "trial_promoted":
            promoted = event["trial"]
        later = event["event"] == "epoch" and event.get("trial") == promoted
        if later and event.get("paused") is None and event["epoch"] + 1 in (2, 4, 5):
            history = fold(events(study)[: at + 1])
            suggestion = next(
                s
                for s in search_stage.suggestions(history)
                if s.trials[0].number == promoted
            )
            seen = observing.observe(history.spec, suggestion)
            assert history.trials[promoted].state is State.RUNNING
            assert seen.state is State.PRUNED
            assert max(seen.curve) + 1 in (1, 3)
            return
    pytest.fail("no promoted trial was seen between two rungs")


def test_a_report_of_a_released_worker_is_ignored(bench, workers):
    heard = []

    def before(schedule):
        inner = schedule.reported

        def reported(number, report, notices=()):
            stops = inner(number, report, notices)
            if schedule.history.trials[number].state is State.PAUSED:
                late = EpochReport(report.epoch + 1, report.metrics, 1.0, None)
                heard.append(inner(number, late))
                schedule.completed(number, 0.0)
            return stops

        schedule.reported = reported

    study = bench(pausing()).create()
    history = study.session(before=before)
    assert heard
    assert all(heard)
    assert all(len(trial.reports) in (1, 3, 9) for trial in history.trials.values())
