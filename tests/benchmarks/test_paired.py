"""Paired ratios and ranks over tasks and seeds, and the tables made of them."""

import pytest

from benchmarks import paired
from benchmarks.external_runs import Run
from benchmarks.parts import external

PAIRS = [(task, seed) for task in ("a", "b") for seed in range(5)]
OURS = {pair: 10.0 + pair[1] for pair in PAIRS}
TWICE = {pair: 2 * spent for pair, spent in OURS.items()}


def test_a_contender_that_always_needs_twice_as_much_has_a_ratio_of_two_without_doubt():
    found = paired.ratio(TWICE, OURS)
    assert (found.value, found.low, found.high) == pytest.approx((2.0, 2.0, 2.0))


def test_only_common_pairs_count():
    alone = {**TWICE, ("c", 0): 1000.0}
    assert paired.ratio(alone, OURS).value == pytest.approx(2.0)
    with pytest.raises(ValueError, match="no task and seed"):
        paired.ratio({("c", 0): 1.0}, OURS)


def test_an_interval_covers_how_tasks_differ():
    mixed = {
        pair: spent * (4.0 if pair[0] == "a" else 1.0) for pair, spent in OURS.items()
    }
    found = paired.ratio(mixed, OURS)
    assert found.value == pytest.approx(2.0)
    assert (found.low, found.high) == pytest.approx((1.0, 4.0))


def test_ranks_are_means_over_the_pairs_that_all_ran():
    ranks = paired.ranks({"ours": OURS, "twice": TWICE, "equal": OURS})
    assert [ranks[name].value for name in ("ours", "twice", "equal")] == [1.5, 3.0, 1.5]


def runs(contender, factor):
    return [
        Run(contender, task, seed, int(520 * factor), True, 1.0, "c0ffee")
        for task in ("lc:1", "lc:2")
        for seed in range(3)
    ]


def test_the_tables_hold_ours_against_each_peer_and_on_each_task():
    known = [*runs("sweep", 1.0), *runs("sweep, random + asha", 1.5)]
    lengths = {"lc:1": 52, "lc:2": 52}
    overall = external._overall("tasks", known, lengths, ["Not installed: SMAC."])
    assert [row.median for row in overall.rows] == [10.0, 15.0]
    assert "paired × 1.50 [1.50, 1.50]" in overall.rows[1].note
    assert "Not installed: SMAC." in overall.notes
    best = "sweep took 0.67 [0.67, 0.67] of the epochs of sweep, random + asha, the best peer."
    assert best in overall.notes
    by_task = external._by_task("tasks", known, lengths)
    assert [(row.name, row.median) for row in by_task.rows] == [
        ("lc:1", pytest.approx(1 / 1.5)),
        ("lc:2", pytest.approx(1 / 1.5)),
    ]


def test_without_the_tasks_data_nothing_is_measured(monkeypatch, tmp_path):
    monkeypatch.delenv("BENCHMARK_TASKS", raising=False)
    with pytest.raises(RuntimeError, match="name their folder with --tasks"):
        external.measure(quick=True)
