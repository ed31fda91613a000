"""The steps of a path: every change that is left is tried, the best is kept, until the
target is reached."""

import pytest

from sweep.ablation import results
from sweep.model.trial import configuration_key
from sweep.search import search_stage
from tests.sweep.ablation.decided import WIDE, by_name, check_path, designs, steps


def test_a_path_goes_from_its_start_to_its_target_by_the_best_step_each_time(bench):
    history = bench(WIDE).run()
    assert history.path.reference == "baseline"
    assert history.path.start == by_name(history)["baseline"].config
    assert history.path.target == by_name(history)["far"].config
    assert history.path.groups == (
        ("loss_type", "focal_gamma"),
        ("dice_weight",),
        ("layers",),
    )
    check_path(history)


def test_a_path_shares_the_trials_of_its_end_with_the_arm_that_is_its_end(bench):
    history = bench(WIDE).run()
    distinct = {configuration_key(arm.config) for arm in history.arms}
    assert len(history.stage("ablation")) == 2 * len(distinct)
    last = next(arm for arm in steps(history)[3])
    assert results.runs(history, last) == results.runs(history, by_name(history)["far"])


def test_each_step_is_compared_with_the_step_before(bench):
    history = bench(WIDE).run()
    kept = [
        "baseline",
        *(arm.name for arms in steps(history).values() for arm in arms if arm.kept),
    ]
    for step, arms in steps(history).items():
        assert {arm.previous for arm in arms} == {kept[step - 1]}
        assert {arm.reference for arm in arms} == {"baseline"}


@pytest.mark.parametrize(
    "ends",
    [
        "{from: best, to: baseline}",
        "{to: best}",
        "{from: {dice_weight: 1.0}, to: {loss_type: focal, focal_gamma: 1.0}}",
    ],
)
def test_a_path_may_lead_to_or_from_the_searchs_best_or_stated_values(bench, ends):
    history = bench(designs(f"    path: {ends}\n")).run()
    if history.path is None:
        assert (
            history.skipped["path"]
            == "its start and its end are the same configuration"
        )
        return
    check_path(history)
    best = search_stage.ranking(history)[0].config
    if "from: best" in ends:
        assert history.path.start == best == by_name(history)["path start"].config
    if "to: best" in ends:
        assert history.path.target == best
        assert history.path.reference == "baseline"


def test_a_step_never_keeps_an_arm_without_all_of_its_runs(bench, workers):
    def fail(assignment, epoch):
        focal = "loss_type" in assignment.label or assignment.label == "far"
        return ("failed", "x") if focal and assignment.seed == 2 else None

    history = bench(WIDE).run(workers(misbehave=fail))
    assert not any(arm.kept and "loss_type" in arm.name for arm in history.arms)
    assert (
        history.skipped["path"]
        == "it stops before step 3: none of that step's arms completed all of its runs"
    )
