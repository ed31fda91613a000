"""A study whose trials are a population: who waits, who copies whom, and what a kill changes."""

from collections import Counter

import pytest

from sweep.history.folding import fold
from sweep.log.reader import replay
from sweep.model.by_epoch import change_epochs, is_by_epoch
from sweep.model.lineage import current_config, lineage
from sweep.model.trial import State
from sweep.model.trial_events import TrialRetried
from sweep.search import population
from tests.sweep.session.searches import SCHEDULED, failing, lines, populated


def events(study, kind):
    return [each for each in replay(study.log).events if each["event"] == kind]


def told(history):
    """What was decided, without when."""
    return history.population


def test_every_member_is_trained_to_the_end_and_no_epoch_twice(bench):
    study = bench(populated())
    history = study.run()
    states = Counter(trial.state for trial in history.stage("search"))
    assert states == {State.COMPLETE: 6}
    epochs = Counter((e["trial"], e["epoch"]) for e in events(study, "epoch"))
    assert set(epochs.values()) == {1}
    assert len(epochs) == 6 * 8


def test_members_wait_for_each_other_then_the_worst_copy_the_best(bench):
    history = bench(populated()).run()
    assert [decided.after for decided in told(history)] == [2, 4, 6]
    for decided in told(history):
        assert len(decided.members) == 6
        best_ones, worst_ones = decided.members[:1], decided.members[-1:]
        for copy in decided.copies:
            assert copy.source in best_ones
            assert copy.trial in worst_ones
    assert any(decided.copies for decided in told(history))


def test_a_member_that_copied_goes_on_with_changed_values_from_that_checkpoint(
    bench, workers
):
    crew = workers()
    history = bench(populated()).run(crew)
    decided = next(each for each in told(history) if each.copies)
    copy = decided.copies[0]
    given = [each for each in crew.assignments if each.trial == copy.trial]
    after_copy = next(each for each in given if each.copied is not None)
    assert after_copy.last_epoch == after_copy.copied.epoch == decided.after - 1
    assert f"{copy.source:05d}" in after_copy.copied.folder
    assert after_copy.checkpoints == {after_copy.copied.epoch: after_copy.copied.sha256}
    assert after_copy.config["x"] == copy.values["x"]


def test_parameters_that_are_not_explored_are_copied_with_the_checkpoint(bench):
    history = bench(populated()).run()
    for trial in history.stage("search"):
        way = lineage(trial)
        assert (
            current_config(trial)["depth"] == history.trials[way.root].config["depth"]
        )


def test_a_lineage_starts_at_the_member_whose_weights_were_copied_first(bench):
    history = bench(populated()).run()
    copied = [t for t in history.stage("search") if lineage(t).steps]
    assert copied
    for trial in copied:
        way = lineage(trial)
        assert way.steps[-1].trial == trial.number or len(way.steps) > 1
        assert way.steps[0].source == way.root
        schedule = way.schedule(["x"])["x"]
        assert schedule[0] == history.trials[way.root].config["x"]
        assert schedule[way.steps[-1].after] == current_config(trial)["x"]


@pytest.mark.parametrize("explore", ["perturb", "pb2"])
def test_a_driver_killed_after_any_event_ends_with_the_same_population(
    bench, story, tmp_path, explore
):
    study = bench(populated(explore=explore))
    lived = study.run()
    want = story(lived), told(lived), population.schedule(lived)
    written = lines(study)
    # The bandit fits a process for each copy: killed after every ninth event only.
    for kept in range(1, len(written), 9 if explore == "pb2" else 1):
        copy = study.killed_copy(tmp_path / f"killed-{kept}", b"".join(written[:kept]))
        resumed = copy.session()
        assert (story(resumed), told(resumed), population.schedule(resumed)) == want, (
            f"killed after event {kept}: {written[kept - 1]!r}"
        )


def test_a_population_decides_the_same_with_any_number_of_workers(
    bench, story, workers
):
    alone = bench(populated()).run()
    for seed in range(3):
        several = bench(populated()).run(workers(slots=4, seed=seed))
        assert told(several) == told(alone)
        assert story(several) == story(alone)


def test_a_killed_population_of_several_workers_decides_the_same(
    bench, story, workers, tmp_path
):
    study = bench(populated())
    lived = study.run(workers(slots=3, seed=1))
    written = lines(study)
    for kept in range(1, len(written)):
        copy = study.killed_copy(tmp_path / f"killed-{kept}", b"".join(written[:kept]))
        resumed = copy.session(workers(slots=3, seed=kept))
        assert told(resumed) == told(lived)
        assert story(resumed) == story(lived)


def test_without_replacements_a_member_that_fails_leaves_the_population(bench, workers):
    text = populated().replace("interval: 2,", "interval: 2, replacements: 0,")
    history = bench(text).run(workers(misbehave=failing({2: 3})))
    assert history.trials[2].state is State.FAILED
    assert [len(decided.members) for decided in told(history)] == [6, 5, 5]
    others = [t for t in history.stage("search") if t.number != 2]
    assert {trial.state for trial in others} == {State.COMPLETE}


# --------------------------------------------------------------------------- members
# that fail are replaced


def replacements(history):
    return [
        (decided.after, copy.trial, copy.failure)
        for decided in told(history)
        for copy in decided.copies
        if copy.failure
    ]


@pytest.mark.parametrize("epoch", [0, 1, 2, 3])
def test_a_member_that_fails_is_replaced_by_a_copy_of_a_better_one(
    bench, workers, epoch
):
    crew = workers(misbehave=failing({2: epoch}))
    history = bench(populated()).run(crew)
    after = 2 if epoch < 2 else 4
    assert replacements(history) == [(after, 2, "broke 2")]
    assert {t.state for t in history.stage("search")} == {State.COMPLETE}
    member = history.trials[2]
    numbers = [report.epoch for report in member.reports]
    assert numbers == [*range(epoch), *range(after, 8)], "lost epochs stay lost"
    assert member.epochs_trained == len(numbers), "and are not counted"
    assert member.epochs_behind == 8
    assert any(step.trial == 2 for step in lineage(member).steps)
    given = next(
        each for each in crew.assignments if each.copied is not None and each.trial == 2
    )
    assert given.last_epoch == after - 1


def test_epochs_are_counted_once_if_a_member_fails_again_before_it_reports(
    bench, workers
):
    def misbehave(assignment, epoch):
        broken = (assignment.trial, epoch) in ((2, 1), (2, 2))
        return ("failed", f"broke at {epoch}") if broken else None

    history = bench(populated()).run(workers(misbehave=misbehave))
    assert replacements(history) == [(2, 2, "broke at 1"), (4, 2, "broke at 2")]
    member = history.trials[2]
    assert [report.epoch for report in member.reports] == [0, 4, 5, 6, 7]
    assert (member.epochs_trained, member.epochs_behind) == (5, 8)


def test_a_replaced_member_copies_one_of_the_best_and_never_another_failed_one(
    bench, workers
):
    history = bench(populated()).run(workers(misbehave=failing({1: 1, 2: 0, 3: 1})))
    (first, *_) = told(history)
    assert len(first.members) == 6
    assert first.members[-3:] == (1, 2, 3)
    assert {copy.trial for copy in first.copies} == {1, 2, 3}
    assert {copy.source for copy in first.copies} == {first.members[0]}


def test_no_more_members_are_replaced_than_allowed(bench, workers):
    text = populated().replace("interval: 2,", "interval: 2, replacements: 1,")
    history = bench(text).run(workers(misbehave=failing({1: 0, 2: 1, 4: 5})))
    assert replacements(history) == [(2, 1, "broke 1")]
    assert history.trials[2].state is State.FAILED
    assert history.trials[2].reason == "broke 2"
    assert history.trials[4].state is State.FAILED


def test_by_default_half_of_the_members_may_be_replaced(bench, workers):
    history = bench(populated()).run(
        workers(misbehave=failing(dict.fromkeys(range(4), 1)))
    )
    assert [number for _, number, _ in replacements(history)] == [0, 1, 2]
    assert history.trials[3].state is State.FAILED


def test_a_member_that_fails_after_the_last_decision_stays_failed(bench, workers):
    history = bench(populated()).run(workers(misbehave=failing({2: 7})))
    assert replacements(history) == []
    assert history.trials[2].state is State.FAILED


def test_members_that_all_fail_alike_stop_the_study(bench, workers):
    def misbehave(assignment, epoch):
        return "failed", "no such file"

    study = bench(populated())
    history = study.run(workers(misbehave=misbehave))
    (ended,) = events(study, "session_ended")
    assert (
        "3 finished trials failed for the same reason: no such file" in ended["reason"]
    )
    assert len(history.trials) == 3


def test_members_that_all_fail_each_for_its_own_reason_are_given_up(bench, workers):
    def misbehave(assignment, epoch):
        return "failed", f"broke {assignment.trial}"

    history = bench(populated()).run(workers(misbehave=misbehave))
    assert {t.state for t in history.stage("search")} == {State.FAILED}
    assert told(history) == []


def test_a_member_that_waits_to_be_replaced_is_no_result_when_the_budget_is_spent(
    bench, workers
):
    study = bench(populated() + "budget: {hours: 1}\n")
    broken = failing({0: 1})

    def misbehave(assignment, epoch):
        study.clock.now += 400
        return broken(assignment, epoch)

    history = study.run(workers(misbehave=misbehave))
    assert history.trials[0].state is State.FAILED
    states = Counter(trial.state for trial in history.stage("search"))
    assert states[State.COMPLETE] == 1


FAILING = {1: 3, 2: 0, 3: 1, 4: 5}


@pytest.mark.parametrize("explore", ["perturb", "pb2"])
def test_a_driver_killed_after_any_event_replaces_the_same_members(
    bench, story, workers, tmp_path, explore
):
    text = populated(explore=explore).replace(
        "interval: 2,", "interval: 2, replacements: 3,"
    )
    study = bench(text)
    lived = study.run(workers(misbehave=failing(FAILING)))
    assert len(replacements(lived)) == 3
    want = story(lived), told(lived)
    written = lines(study)
    for kept in range(1, len(written), 9 if explore == "pb2" else 1):
        copy = study.killed_copy(tmp_path / f"killed-{kept}", b"".join(written[:kept]))
        failed = b"".join(written[:kept]).decode()
        left = {
            number: epoch
            for number, epoch in FAILING.items()
            if f"broke {number}" not in failed
        }
        resumed = copy.session(workers(misbehave=failing(left)))
        assert (story(resumed), told(resumed)) == want, f"killed after event {kept}"


def test_members_are_replaced_alike_with_any_number_of_workers(bench, story, workers):
    text = populated().replace("interval: 2,", "interval: 2, replacements: 2,")
    alone = bench(text).run(workers(misbehave=failing(FAILING)))
    for seed in range(3):
        crew = workers(slots=4, seed=seed, misbehave=failing(FAILING))
        several = bench(text).run(crew)
        assert told(several) == told(alone)
        assert story(several) == story(alone)


def test_a_member_that_a_health_rule_stops_is_replaced(bench, workers):
    def misbehave(assignment, epoch):
        if (assignment.trial, epoch) == (2, 1) and assignment.copied is None:
            return "metrics", {"val/f1": 0.1, "train/f1": 0.9}
        return None

    gap = "{train: train/f1, val: val/f1, above: 0.5, action: stop}"
    rule = f"health: {{max_gap: {gap}}}\n"
    history = bench(populated() + rule).run(workers(misbehave=misbehave))
    ((after, number, failure),) = replacements(history)
    assert (after, number) == (4, 2)
    assert failure.startswith("health: max_gap")
    assert history.trials[2].state is State.COMPLETE


def test_a_retried_member_starts_again_with_its_own_values(bench, workers):
    history = bench(populated()).run()
    copied = next(t for t in history.stage("search") if lineage(t).steps)
    assert lineage(copied).root != copied.number


def test_what_a_retried_member_had_copied_is_no_part_of_it(bench, workers):
    """It was replaced, failed again after the last decision, and is trained from its first epoch."""

    def misbehave(assignment, epoch):
        broken = (assignment.trial, epoch) in ((2, 1), (2, 7))
        return ("failed", f"broke at {epoch}") if broken else None

    study = bench(populated())
    failed = study.run(workers(misbehave=misbehave)).trials[2]
    assert failed.state is State.FAILED
    event = TrialRetried(2, failed.reason, failed.seconds)
    history = study.session(before=lambda schedule: schedule.record(event))
    member = history.trials[2]
    assert member.state is State.COMPLETE
    assert [report.epoch for report in member.reports] == list(range(8))
    assert (lineage(member).steps, member.epochs_trained) == ((), 8)
    copies = [copy for decided in told(history) for copy in decided.copies]
    assert copies
    assert 2 not in {copy.trial for copy in copies}
    own = [
        each
        for each in population.improvements(history)
        if each.values["x"] == member.config["x"]
    ]
    assert [each.interval for each in own] == [0, 1, 2]


def test_members_without_checkpoints_stop_the_study_with_the_reason(
    bench, workers, monkeypatch
):
    from tests.sweep import conftest

    class WithoutCheckpoint:
        def __new__(cls, epoch, metrics, seconds, checkpoint):
            return real(epoch, metrics, seconds, None)

    real = conftest.EpochReport
    monkeypatch.setattr(conftest, "EpochReport", WithoutCheckpoint)
    study = bench(populated())
    study.run()
    (ended,) = events(study, "session_ended")
    assert "register the model and the optimiser with run.restore" in ended["reason"]
    assert fold(replay(study.log).events).population == []
    study.session()
    assert "run.restore" in events(study, "session_ended")[-1]["reason"]


def test_members_that_report_between_two_boundaries_stop_the_study_with_the_reason(
    bench, workers
):
    def every_third(assignment, epoch):
        if epoch >= assignment.config["epochs"]:
            return None
        return None if epoch % 3 == 2 else ("metrics", {"other": 1.0})

    study = bench(populated())
    study.run(workers(misbehave=every_third))
    (ended,) = events(study, "session_ended")
    assert "3 epochs, which is not a multiple of search.interval (2)" in ended["reason"]


# --------------------------------------------------------------------------- arms with
# the schedule that was found


def scheduled_arms(history):
    return {arm.name: arm for arm in history.arms if "scheduled" in arm.name}


def test_an_arm_with_the_schedule_has_the_best_members_values_by_epoch(bench):
    history = bench(populated() + SCHEDULED).run()
    best = population.best(history)
    values = [t.reports[-1].metrics["val/f1"] for t in history.stage("search")]
    assert best.reports[-1].metrics["val/f1"] == max(values)
    for arm in scheduled_arms(history).values():
        assert arm.config["x"] == lineage(best).scheduled(["x"])["x"]
        assert arm.origin == best.number
    depths = {
        name: arm.config["depth"] for name, arm in scheduled_arms(history).items()
    }
    assert depths == {"scheduled": 1, "deep and scheduled": 3}
    runs = [t for t in history.stage("ablation") if is_by_epoch(t.config["x"])]
    assert len(runs) == 4
    assert {trial.state for trial in runs} == {State.COMPLETE}


def test_an_arm_with_the_schedule_shares_no_run_with_one_of_constant_values(bench):
    history = bench(populated() + SCHEDULED).run()
    assert len(history.stage("ablation")) == 3 * 2


def test_a_trial_with_a_schedule_waits_for_the_study_where_its_values_change(
    bench, workers
):
    crew = workers()
    history = bench(populated() + SCHEDULED).run(crew)
    given = [
        each
        for each in crew.assignments
        if history.trials[each.trial].stage == "ablation"
    ]
    for assignment in given:
        changes = change_epochs(assignment.config)
        assert list(assignment.judged) == list(assignment.kept) == changes
        assert list(assignment.explored) == (["x"] if changes else [])


def test_a_study_with_a_scheduled_arm_that_is_killed_ends_the_same(
    bench, story, tmp_path
):
    study = bench(populated() + SCHEDULED)
    want = story(study.run())
    written = lines(study)
    for kept in range(1, len(written), 3):
        copy = study.killed_copy(tmp_path / f"killed-{kept}", b"".join(written[:kept]))
        assert story(copy.session()) == want, f"killed after event {kept}"


def test_without_a_complete_member_the_arms_are_left_out_with_the_reason(
    bench, workers
):
    def misbehave(assignment, epoch):
        is_member = assignment.label.startswith("search")
        return ("failed", f"broke {assignment.trial}") if is_member else None

    # Members that fail for one reason would stop the study: these fail each for its own.
    history = bench(populated() + SCHEDULED).run(workers(misbehave=misbehave))
    assert set(history.skipped) == {"scheduled", "deep and scheduled"}
    assert set(history.skipped.values()) == {"no member is complete"}
    assert [arm.name for arm in history.arms] == ["baseline"]


def test_a_used_up_budget_still_leaves_one_complete_trial(bench, workers):
    study = bench(populated() + "budget: {hours: 1}\n")

    def misbehave(assignment, epoch):
        study.clock.now += 200

    history = study.run(workers(misbehave=misbehave))
    states = Counter(trial.state for trial in history.stage("search"))
    assert states[State.COMPLETE] == 1
    assert states[State.PAUSED] == 5
    assert len(history.population) < 3
    assert any("budget.hours" in notice.message for notice in history.notices)


def test_members_that_paused_for_the_budget_continue_in_a_session_with_more(
    bench, workers
):
    study = bench(populated() + "budget: {hours: 1}\n")

    def slow(assignment, epoch):
        study.clock.now += 200

    before = study.run(workers(misbehave=slow))
    (complete,) = (n for n, t in before.trials.items() if t.state is State.COMPLETE)
    decided = list(told(before))
    study.clock.now = 0.0
    history = study.session()
    assert {trial.state for trial in history.trials.values()} == {State.COMPLETE}
    assert told(history)[: len(decided)] == decided
    later = told(history)[len(decided) :]
    assert later
    assert all(complete not in each.members for each in later)
    epochs = Counter((e["trial"], e["epoch"]) for e in events(study, "epoch"))
    assert set(epochs.values()) == {1}


def test_a_worker_lost_during_a_copy_changes_no_decision(bench, workers):
    lived = bench(populated()).run()
    lost = []

    def misbehave(assignment, epoch):
        if assignment.copied is not None and assignment.trial not in lost:
            lost.append(assignment.trial)
            return "lost", "its worker died"
        return None

    history = bench(populated()).run(workers(misbehave=misbehave))
    assert lost
    assert told(history) == told(lived)
