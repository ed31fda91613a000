"""Seeds are added in looks until every arm is decided; what a look says is never decided again."""

from collections import Counter

import pytest

from sweep.ablation import looks
from sweep.history.folding import fold
from sweep.log.reader import replay
from sweep.model.events import LookTaken
from sweep.statistics import sequential
from tests.sweep.session.until_decided import LOOKS, failing, reported, trained


@pytest.fixture
def decided(bench, workers):
    """`decided(slots, misbehave)`: a study that was carried out."""

    def run(slots=1, misbehave=reported, text=LOOKS, seed=0):
        return bench(text).run(workers(slots=slots, misbehave=misbehave, seed=seed))

    return run


def last(history):
    """Arm → its last look."""
    return {arm: looks.latest(history, arm) for arm in history.look_plan.compared}


class TestThePlan:
    def test_is_recorded_before_the_first_run(self, bench, workers):
        study = bench(LOOKS)
        study.run(workers(misbehave=reported))
        kinds = [record["event"] for record in replay(study.log).events]
        assert kinds.index("looks_planned") < kinds.index("trial_created")

    def test_fixes_metric_looks_arms_error_and_margin(self, decided):
        plan = decided().look_plan
        assert (plan.metric, plan.goal) == ("val/f1", "maximize")
        assert plan.looks == (5, 8, 12, 18)
        assert plan.compared == ("better", "worse", "alike", "unclear")
        assert (plan.alpha, plan.margin) == (0.05, 1.0)

    def test_counts_two_names_of_one_configuration_once(self, decided):
        again = LOOKS.replace("      worse:", "      again: {gain: 3}\n      worse:")
        history = decided(text=again)
        assert "again" not in history.look_plan.compared
        again = next(arm for arm in history.arms if arm.name == "again")
        assert looks.planned_name(history, again) == "better"

    def test_is_not_made_for_a_fixed_number_of_seeds(self, decided):
        fixed = LOOKS.replace("{from: 5, to: 18, until: decided}", "[0, 1, 2]")
        history = decided(text=fixed)
        assert history.look_plan is None
        assert looks.due(history) == []
        assert not looks.is_open(history)


class TestTheLooks:
    def test_give_each_arm_its_verdict(self, decided):
        verdicts = {arm: look.verdict for arm, look in last(decided()).items()}
        assert verdicts["better"] == "helps"
        assert verdicts["worse"] == "hurts"
        assert verdicts["alike"] == "no difference"

    def test_a_decided_arm_gets_no_more_seeds(self, decided):
        history = decided()
        seeds = trained(history)
        for arm, look in last(history).items():
            assert seeds[arm] == list(range(look.seeds))
        assert seeds["better"] == [0, 1, 2, 3, 4]

    def test_the_baseline_is_trained_while_any_arm_is_open(self, decided):
        history = decided()
        most = max(look.seeds for look in last(history).values())
        assert trained(history)["baseline"] == list(range(most))

    def test_end_at_the_limit(self, decided):
        history = decided(text=LOOKS.replace("margin: 1.0", "margin: 0.001"))
        look = last(history)["alike"]
        assert (look.seeds, look.verdict) == (18, "undecided")
        assert not looks.is_open(history)

    @pytest.mark.parametrize("slots", [2, 5])
    def test_do_not_depend_on_the_order_in_which_runs_end(self, decided, slots):
        want = last(decided())
        for seed in range(3):
            assert last(decided(slots, seed=seed)) == want

    def test_are_the_statistics_decisions(self, decided):
        history = decided()
        plan, arms = history.look_plan, {arm.name: arm for arm in history.arms}
        for name, look in last(history).items():
            mine, theirs = (
                looks.values(history, arms[each], plan.metric, range(look.seeds))
                for each in (name, "baseline")
            )
            decision = sequential.decide(
                mine, theirs, looks.design(plan), "maximize", looks.margin(plan)
            )
            assert decision.looks[-1].judgement.low == look.low
            assert decision.verdict == look.verdict

    def test_each_is_taken_once(self, decided):
        taken = Counter((look.arm, look.seeds) for look in decided().looks)
        assert set(taken.values()) == {1}


class TestFailedSeeds:
    def test_are_named_and_not_replaced(self, decided):
        history = decided(misbehave=failing((3, 1)))
        look = last(history)["better"]
        assert look.lacking == (1,)
        assert look.pairs == look.seeds - 1
        assert trained(history)["better"] == list(range(look.seeds))

    def test_of_the_baseline_are_lacking_in_every_arm(self, decided):
        history = decided(misbehave=failing((0, 2)))
        assert all(look.lacking == (2,) for look in last(history).values())

    def test_an_arm_without_any_result_is_never_decided(self, decided):
        history = decided(misbehave=failing(*[(3, seed) for seed in range(18)]))
        look = last(history)["better"]
        assert (look.verdict, look.pairs, look.mean) == ("undecided", 0, None)


def test_an_open_arm_keeps_its_reference_in_training_although_that_is_decided(decided):
    steps = LOOKS.partition("    arms:")[0].replace(
        "  designs:\n",
        "  designs:\n    ladder: {big: {gain: 3}}\n    leave_one_out: {less: {gain: 1}}\n",
    )
    history = decided(text=steps.replace("margin: 1.0", "margin: 0.001"))
    found = last(history)
    assert found["big"].verdict == "helps"
    assert len(trained(history)["big"]) == max(look.seeds for look in found.values())


def test_a_look_that_was_not_planned_damages_a_log(bench, workers):
    study = bench(LOOKS)
    history = study.run(workers(misbehave=reported))
    look = history.looks[0]
    assert isinstance(look, LookTaken)
    records = list(replay(study.log).events)
    planned = next(
        i for i, each in enumerate(records) if each["event"] == "looks_planned"
    )
    with pytest.raises(Exception, match="was planned"):
        fold(records[:planned] + records[planned + 1 :])
