"""Arms that follow from results: each is decided on when its results are in, once, or skipped with the reason."""

import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sweep.ablation import results
from sweep.model.events import ArmsDecided, TrialFinished
from sweep.model.trial import State, configuration_key
from sweep.search import search_stage

SEARCHED = """
name: decisions
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 2
  loss_type: {values: [ce, focal]}
  focal_gamma: {min: 0.5, max: 4.0, when: {loss_type: focal}}
  dice_weight: {values: [0.0, 1.0]}
search: {method: random, trials: 5, seeds: [0]}
"""


def designs(text):
    return (
        SEARCHED
        + "ablation:\n  baseline: {loss_type: ce, dice_weight: 0.0}\n  seeds: [1, 2]\n  designs:\n"
        + text
    )


def by_name(history):
    return {arm.name: arm for arm in history.arms}


# --------------------------------------------------------------------------- top_k


def test_the_best_of_the_search_are_run_again_with_the_ablations_seeds(bench):
    history = bench(designs("    top_k: 3\n")).run()
    ranked = search_stage.ranking(history)
    for rank in (1, 2, 3):
        arm = by_name(history)[f"best {rank}"]
        assert (arm.design, arm.reference, arm.origin) == (
            "top_k",
            "baseline",
            ranked[rank - 1].number,
        )
        assert arm.config == ranked[rank - 1].config
        assert [run.seed for run in results.runs(history, arm)] == [1, 2]
        assert results.complete(history, arm)


def test_a_search_with_fewer_configurations_leaves_ranks_out_and_says_so(bench):
    text = designs("    top_k: 3\n").replace("trials: 5", "trials: 2")
    history = bench(text).run()
    assert [name for name in by_name(history) if name.startswith("best")] == ["best 1", "best 2"]
    assert history.skipped == {"best 3": "configurations the search completed: 2"}
    assert not history.unfinished()


def test_stated_arms_that_need_nothing_of_the_search_do_not_wait_for_it(bench, workers):
    study = bench(designs("    top_k: 1\n"))
    history = study.run(workers(slots=2))
    searched = {trial.number for trial in history.stage("search")}
    ends = [
        seq
        for seq, e in enumerate(study.heard)
        if isinstance(e, TrialFinished) and e.trial in searched
    ]
    decided = [seq for seq, e in enumerate(study.heard) if isinstance(e, ArmsDecided)]
    assert decided[0] < max(ends) < decided[1]


# --------------------------------------------------------------------------- conditions

CHAIN = """
    arms:
      focal: {loss_type: focal, focal_gamma: 2.0}
      dice: {set: {dice_weight: 1.0}, when: {arm: focal, BOUND}}
      both: {set: {loss_type: focal, focal_gamma: 2.0, dice_weight: 1.0}, when: {arm: dice, above: -1}}
"""


def test_an_arm_whose_condition_is_met_is_trained_after_the_arm_it_waits_for(bench):
    history = bench(designs(CHAIN.replace("BOUND", "below: 2"))).run()
    assert list(by_name(history)) == ["baseline", "focal", "dice", "both"]
    assert history.skipped == {}
    last_focal = max(run.number for run in results.runs(history, by_name(history)["focal"]))
    assert min(run.number for run in results.runs(history, by_name(history)["dice"])) > last_focal


def test_an_arm_whose_condition_is_not_met_is_skipped_and_so_is_what_waits_for_it(bench):
    history = bench(designs(CHAIN.replace("BOUND", "above: 2"))).run()
    focal = results.mean(history, by_name(history)["focal"])
    assert list(by_name(history)) == ["baseline", "focal"]
    assert history.skipped["dice"] == f"mean val/f1 of focal is {focal:.4g}, not above 2"
    assert history.skipped["both"].startswith(
        "it waits for dice, which was not trained: mean val/f1"
    )
    assert not history.unfinished()


def test_a_condition_reads_the_mean_over_complete_runs(bench, workers):
    """With seed 1 failing, seed 2 alone decides."""
    text = designs(CHAIN.replace("BOUND", "below: 2"))
    failing = workers(
        misbehave=lambda a, epoch: ("failed", "x") if a.label == "focal" and a.seed == 1 else None
    )
    history = bench(text).run(failing)
    run = results.runs(history, by_name(history)["focal"])[1]
    assert results.mean(history, by_name(history)["focal"]) == search_stage.value(history.spec, run)
    assert "dice" in by_name(history)


def test_without_a_complete_run_a_condition_is_not_met(bench, workers):
    text = designs(CHAIN.replace("BOUND", "below: 2"))
    failing = workers(misbehave=lambda a, epoch: ("failed", "x") if a.label == "focal" else None)
    history = bench(text).run(failing)
    assert history.skipped["dice"] == "focal has no complete run with val/f1"


# --------------------------------------------------------------------------- path

FAR = """
    arms:
      far: {loss_type: focal, focal_gamma: 2.0, dice_weight: 1.0, layers: 3}
    path: {from: baseline, to: far}
"""
WIDE = (
    designs(FAR)
    .replace(
        "  dice_weight: {values: [0.0, 1.0]}\n",
        "  dice_weight: {values: [0.0, 1.0]}\n  layers: {values: [1, 2, 3]}\n",
    )
    .replace("dice_weight: 0.0}\n  seeds", "dice_weight: 0.0, layers: 1}\n  seeds")
    .replace("search: {method: random, trials: 5, seeds: [0]}\n", "")
)


def steps(history):
    """Step → its arms."""
    found = {}
    for arm in history.arms:
        if arm.design == "path" and arm.step:
            found.setdefault(arm.step, []).append(arm)
    return found


def check_path(history):
    """The laws of a path: where it starts and ends, what a step moves, and that it keeps the best of those trained."""
    way, found = history.path, steps(history)
    assert sorted(found) == list(range(1, len(way.groups) + 1))
    before, moved = way.start, ()
    for step, arms in sorted(found.items()):
        assert len(arms) == len(way.groups) - step + 1
        for arm in arms:
            (group,) = [g for g in way.groups if set(g) == set(arm.moved) - set(moved)]
            assert set(arm.moved) == {*moved, *group}
            assert {n for n in {*before, *arm.config} if before.get(n) != arm.config.get(n)} == set(
                group
            )
        (kept,) = [arm for arm in arms if arm.kept]
        means = [results.mean(history, arm) for arm in arms]
        assert results.mean(history, kept) == max(means)
        before, moved = kept.config, kept.moved
    assert before == way.target


def test_a_path_goes_from_its_start_to_its_target_by_the_best_step_each_time(bench):
    history = bench(WIDE).run()
    assert history.path.reference == "baseline"
    assert history.path.start == by_name(history)["baseline"].config
    assert history.path.target == by_name(history)["far"].config
    assert history.path.groups == (("loss_type", "focal_gamma"), ("dice_weight",), ("layers",))
    check_path(history)


def test_a_path_shares_the_trials_of_its_end_with_the_arm_that_is_its_end(bench):
    history = bench(WIDE).run()
    distinct = {configuration_key(arm.config) for arm in history.arms}
    assert len(history.stage("ablation")) == 2 * len(distinct)
    last = next(arm for arm in steps(history)[3])
    assert results.runs(history, last) == results.runs(history, by_name(history)["far"])


def test_each_step_is_compared_with_the_step_before(bench):
    history = bench(WIDE).run()
    kept = ["baseline", *(arm.name for arms in steps(history).values() for arm in arms if arm.kept)]
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
        assert history.skipped["path"] == "its two ends are the same configuration"
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
        == "it ends before step 3: none of that step's arms completed all of its runs"
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(0, 400))
def test_the_decisions_do_not_depend_on_where_the_study_was_killed(
    bench, workers, seed, slots, cut
):
    """Killed at any record, with any number of workers: every law holds, and no arm is decided on twice."""
    text = WIDE.replace(
        "    path:",
        "      more: {set: {dice_weight: 1.0}, when: {arm: far, below: 0.4}}\n    path:",
    )
    study = bench(text)
    study.run(workers(slots=slots, seed=seed))
    lines = study.log.read_bytes().splitlines(keepends=True)
    resumed = study.killed_copy(study.folder.with_name(f"killed-{random.Random().random()}"), b"")
    resumed.log.write_bytes(b"".join(lines[: max(min(cut, len(lines)), 1)]))
    history = resumed.session(workers(slots=slots, seed=seed + 1))
    check_path(history)
    assert len(by_name(history)) == len(history.arms)
    assert ("more" in history.skipped) != ("more" in by_name(history))
    assert all(t.state is State.COMPLETE for t in history.trials.values())
    whole = study.session(workers())
    assert {a.name: replace(a, step=0) for a in whole.arms} == {
        a.name: replace(a, step=0) for a in history.arms
    }
