"""What the runs of an arm have come to: only complete ones count, each at its selected epoch."""

import statistics

import pytest

from sweep.ablation import results
from sweep.history.opening import read
from sweep.model.trial import State
from tests.sweep.ablation.decided import by_name, designs

TEXT = designs("    one_at_a_time: {dice_weight: [1.0]}\n")


def fails(assignment, epoch):
    return (
        ("failed", "x")
        if assignment.label == "baseline" and assignment.seed == 2
        else None
    )


def test_seeds_are_in_the_outer_loop_and_folds_in_the_inner(bench):
    history = (
        bench(TEXT.replace("seeds: [1, 2]", "seeds: [1, 2]\n  folds: 2"))
        .create()
        .session()
    )
    assert list(results.pairs(history)) == [(1, 0), (1, 1), (2, 0), (2, 1)]


@pytest.mark.parametrize("number, folds", [(None, [None]), (3, [0, 1, 2])])
def test_without_cross_validation_there_is_one_fold_that_is_none(number, folds):
    assert results.folds(number) == folds


def test_the_mean_is_over_complete_runs_at_their_best_epochs(bench, workers):
    history = bench(TEXT).run(workers(misbehave=fails))
    arm = by_name(history)["baseline"]
    complete, failed = results.runs(history, arm)
    assert (complete.state, failed.state) == (State.COMPLETE, State.FAILED)
    best = max(complete.curve("val/f1").values())
    assert results.mean(history, arm) == best
    assert results.ended(history, arm)
    assert not results.complete(history, arm)


def test_an_arm_without_a_value_has_no_mean(bench):
    history = bench(TEXT).run()
    arm = by_name(history)["baseline"]
    assert results.mean(history, arm, "test/f1") is None
    values = [max(run.curve("val/f1").values()) for run in results.runs(history, arm)]
    assert results.mean(history, arm, "val/f1") == statistics.fmean(values)


def test_a_run_that_was_not_begun_is_none_and_the_arm_has_not_ended(bench, tmp_path):
    study = bench(TEXT)
    study.run()
    lines = study.log.read_bytes().splitlines(keepends=True)
    first = next(i for i, line in enumerate(lines) if b'"stage":"ablation"' in line)
    copy = study.killed_copy(tmp_path / "killed", b"".join(lines[:first]))
    history = read(copy.folder)
    for arm in history.arms:
        assert results.runs(history, arm) == [None, None]
        assert not results.ended(history, arm)


def test_an_arm_is_complete_when_every_run_of_it_is(bench):
    history = bench(TEXT).run()
    assert all(results.complete(history, arm) for arm in history.arms)
