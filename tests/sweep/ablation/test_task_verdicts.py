"""Verdicts over tasks: from a fixed number of seeds, and from seeds added on every task."""

from collections import Counter

import pytest

from sweep.ablation import looks
from sweep.ablation.task_verdicts import task_verdicts
from sweep.history.task_view import by_task
from tests.sweep.session.over_tasks import FIXED, TASKS, failing, reported


@pytest.fixture
def decided(bench, workers):
    def run(text=TASKS, misbehave=reported, slots=1, seed=0):
        return bench(text).run(workers(misbehave=misbehave, slots=slots, seed=seed))

    return run


def words(history):
    return {arm: found.judgement.words for arm, found in task_verdicts(history).items()}


class TestLooks:
    def test_the_plan_names_arms_without_their_task_and_the_scale(self, decided):
        plan = decided().look_plan
        assert plan.compared == ("better", "worse", "alike", "unclear", "opposite")
        assert plan.scale == "each"

    def test_an_arm_is_judged_over_all_tasks(self, decided):
        found = words(decided())
        assert found["better"] == "helps"
        assert found["worse"] == "hurts"
        assert found["alike"] == "no difference"

    def test_seeds_are_added_on_every_task_alike(self, decided):
        history = decided()
        runs = Counter(
            (t.config["data"], t.config["gain"]) for t in history.trials.values()
        )
        for gain in (3, -3, 0.01, 1, 7):
            assert runs["small", gain] == runs["large", gain]
        assert runs["small", 3] == 5
        last = max(look.seeds for look in history.looks)
        assert runs["small", 0] == runs["large", 0] == last

    def test_the_seeds_of_a_task_are_those_of_the_whole(self, decided):
        history = decided()
        for there in by_task(history).values():
            arms = {arm.name: arm for arm in there.arms}
            assert len(looks.seeds(there, arms["better"])) == 5

    def test_changes_are_relative_where_scales_differ(self, decided):
        look = looks.latest(decided(), "better")
        assert look.mean == pytest.approx(0.3, abs=0.03)
        one = TASKS.replace('margin: "10 %"', "margin: 900") + "report: {scale: one}\n"
        assert looks.latest(decided(one), "better").mean == pytest.approx(
            1501.5, rel=0.1
        )

    def test_a_seed_that_failed_on_one_task_is_lacking_and_not_replaced(self, decided):
        history = decided(misbehave=failing(("large", 3, 1)))
        look = looks.latest(history, "better")
        assert (look.lacking, look.pairs) == ((1,), look.seeds - 1)

    def test_an_arm_that_fails_on_one_task_is_never_decided_and_says_where(
        self, decided
    ):
        failures = [("large", 3, seed) for seed in range(12)]
        look = looks.latest(decided(misbehave=failing(*failures)), "better")
        assert look.verdict == "undecided"
        assert "0 complete pairs on large" in look.reason

    @pytest.mark.parametrize("slots", [2, 4])
    def test_they_do_not_depend_on_the_order_in_which_runs_end(self, decided, slots):
        want = {
            arm: looks.latest(decided(), arm) for arm in decided().look_plan.compared
        }
        history = decided(slots=slots, seed=slots)
        assert {arm: looks.latest(history, arm) for arm in want} == want

    def test_on_one_task_they_are_those_of_a_study_without_tasks(self, decided):
        one = TASKS.replace("[small, large]", "[small]")
        plain = TASKS.replace(
            "  data: {values: [small, large], role: task}\n", "  data: small\n"
        )
        want = [(look.arm, look.seeds, look.low) for look in decided(plain).looks]
        assert [(look.arm, look.seeds, look.low) for look in decided(one).looks] == want

    def test_a_driver_killed_at_any_event_takes_the_same_looks(
        self, bench, workers, tmp_path
    ):
        few = TASKS.replace("to: 12", "to: 8").replace("      worse: {gain: -3}\n", "")
        study = bench(few)
        want = study.run(workers(misbehave=failing(("large", 3, 1))))
        written = study.log.read_bytes().splitlines(keepends=True)
        near = [i for i, line in enumerate(written[1:], start=1) if b'"look' in line]
        beside = {at + step for at in near for step in (0, 1)}
        for kept in sorted(beside | set(range(1, len(written), 17))):
            copy = study.killed_copy(
                tmp_path / f"killed-{kept}", b"".join(written[:kept])
            )
            resumed = copy.session(workers(misbehave=failing(("large", 3, 1))))
            assert (resumed.look_plan, resumed.looks) == (want.look_plan, want.looks), (
                kept
            )
            assert len(resumed.trials) == len(want.trials)


class TestAFixedNumberOfSeeds:
    def test_gives_each_arm_its_verdict(self, decided):
        found = words(decided(FIXED))
        assert (found["better"], found["worse"]) == ("helps", "hurts")
        assert found["alike"] == "no difference"

    def test_an_undecided_arm_says_how_many_seeds_would_probably_decide(self, decided):
        found = task_verdicts(decided(FIXED.replace("10 %", "0.1 %")))
        assert "seeds" in found["alike"].forecast

    def test_an_arm_that_lacks_a_task_says_so(self, decided):
        failures = [("small", 1, seed) for seed in range(6)]
        found = task_verdicts(decided(FIXED, failing(*failures)))["unclear"]
        assert found.judgement.reason.startswith("0 complete pairs on small")
        assert found.lacking == (0, 1, 2, 3, 4, 5)

    def test_the_trials_behind_it_are_those_of_all_tasks(self, decided):
        history = decided(FIXED)
        trials = task_verdicts(history)["better"].trials
        assert {history.trials[number].config["data"] for number in trials} == {
            "small",
            "large",
        }
        assert len(trials) == 2 * 2 * 6

    def test_folds_say_why_there_is_none(self, decided):
        history = decided(FIXED.replace("  margin:", "  folds: 3\n  margin:"))
        assert "folds" in task_verdicts(history)["better"].judgement.reason


def test_without_several_tasks_there_are_none(decided):
    one = FIXED.replace("[small, large]", "[small]")
    assert task_verdicts(decided(one)) == {}
