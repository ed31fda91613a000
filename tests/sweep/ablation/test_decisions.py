"""Arms that follow from results: each is decided on when its results are in, once, or
skipped with the reason."""

import random
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sweep.ablation import results
from sweep.model.events import ArmsDecided
from sweep.model.trial import State
from sweep.model.trial_events import TrialFinished
from sweep.search import search_stage, trial_value
from tests.sweep.ablation.decided import WIDE, by_name, check_path, designs

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
    assert [name for name in by_name(history) if name.startswith("best")] == [
        "best 1",
        "best 2",
    ]
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
    last_focal = max(
        run.number for run in results.runs(history, by_name(history)["focal"])
    )
    assert (
        min(run.number for run in results.runs(history, by_name(history)["dice"]))
        > last_focal
    )


def test_an_arm_whose_condition_is_not_met_is_skipped_and_so_is_what_waits_for_it(
    bench,
):
    history = bench(designs(CHAIN.replace("BOUND", "above: 2"))).run()
    focal = results.mean(history, by_name(history)["focal"])
    assert list(by_name(history)) == ["baseline", "focal"]
    assert (
        history.skipped["dice"] == f"mean val/f1 of focal is {focal:.4g}, not above 2"
    )
    assert history.skipped["both"].startswith(
        "it waits for dice, which was not trained: mean val/f1"
    )
    assert not history.unfinished()


def test_a_condition_reads_the_mean_over_complete_runs(bench, workers):
    """With seed 1 failing, seed 2 alone decides."""
    text = designs(CHAIN.replace("BOUND", "below: 2"))
    failing = workers(
        misbehave=lambda a, epoch: (
            ("failed", "x") if a.label == "focal" and a.seed == 1 else None
        )
    )
    history = bench(text).run(failing)
    run = results.runs(history, by_name(history)["focal"])[1]
    assert results.mean(history, by_name(history)["focal"]) == trial_value.value(
        history.spec, run
    )
    assert "dice" in by_name(history)


def test_without_a_complete_run_a_condition_is_not_met(bench, workers):
    text = designs(CHAIN.replace("BOUND", "below: 2"))
    failing = workers(
        misbehave=lambda a, epoch: ("failed", "x") if a.label == "focal" else None
    )
    history = bench(text).run(failing)
    assert history.skipped["dice"] == "focal has no complete run with val/f1"


# --------------------------------------------------------------------------- kills


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(0, 400))
def test_the_decisions_do_not_depend_on_where_the_study_was_killed(
    bench, workers, seed, slots, cut
):
    """Killed at any record, with any number of workers: every law holds, and no arm is
    decided on twice."""
    text = WIDE.replace(
        "    path:",
        "      more: {set: {dice_weight: 1.0}, when: {arm: far, below: 0.4}}\n    path:",
    )
    study = bench(text)
    study.run(workers(slots=slots, seed=seed))
    lines = study.log.read_bytes().splitlines(keepends=True)
    resumed = study.killed_copy(
        study.folder.with_name(f"killed-{random.Random().random()}"), b""
    )
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
