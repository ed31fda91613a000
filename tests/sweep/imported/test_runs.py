"""Rows become runs, each counted once."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.errors import UsageError
from sweep.imported.columns import Columns
from sweep.imported.runs import gather
from sweep.imported.table import STATE, Table
from sweep.model.trial import State

PLAIN = Columns(arm="m", seed="seed", metrics=("acc",))


def rows(**columns):
    return Table(pd.DataFrame(columns))


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(0, 3)), min_size=1, max_size=20
    )
)
def test_no_two_runs_share_an_arm_and_a_seed(pairs):
    table = rows(
        m=[arm for arm, _ in pairs],
        seed=[seed for _, seed in pairs],
        acc=[float(i) for i, _ in enumerate(pairs)],
    )
    runs = gather(table, PLAIN).runs
    keys = [(run.arm, run.seed) for run in runs]
    assert sorted(keys) == sorted(set(pairs))


@pytest.mark.parametrize(
    "stated, wanted",
    [
        ([0, 1, 2], [0, 1, 2]),
        ([42.0, 7.0, 3.0], [42, 7, 3]),
        (["seed_10", "seed_9", "seed_1"], [2, 1, 0]),
        ([-1, 5, 6], [0, 1, 2]),
    ],
)
def test_seeds_are_numbers_or_ranks(stated, wanted):
    table = rows(m=["a"] * 3, seed=stated, acc=[0.1, 0.2, 0.3])
    assert [run.seed for run in gather(table, PLAIN).runs] == wanted


def test_the_first_complete_run_of_a_seed_counts():
    table = rows(m=["a", "a"], seed=[0, 0], acc=[np.nan, 0.5])
    found = gather(table, PLAIN)
    (run,) = found.runs
    assert run.state is State.COMPLETE
    assert any("the first complete run is used" in text for text in found.caveats)


def test_what_the_source_calls_failed_or_pruned_is_no_result():
    table = rows(m=["a"] * 3, seed=[0, 1, 2], acc=[0.1] * 3)
    table.rows[STATE] = ["complete", "failed", "pruned"]
    states = [run.state for run in gather(table, PLAIN).runs]
    assert states == [State.COMPLETE, State.FAILED, State.PRUNED]


def test_rows_without_a_seed_are_left_out_and_said():
    table = rows(m=["a", "a"], seed=[0, None], acc=[0.1, 0.2])
    found = gather(table, PLAIN)
    assert len(found.runs) == 1
    assert "1 rows have no seed and were left out" in found.caveats


def test_a_setting_in_which_an_arms_runs_differ_belongs_to_none():
    table = rows(m=["a", "a"], seed=[0, 1], acc=[0.1, 0.2], lr=[0.1, 0.2], wd=[1, 1])
    found = gather(
        table, Columns(arm="m", seed="seed", metrics=("acc",), parameters=("lr", "wd"))
    )
    assert found.settings == {"a": {"wd": 1}}
    assert "runs of one arm differ in lr" in found.caveats


def test_without_an_arms_column_its_settings_name_it():
    table = rows(seed=[0, 0], acc=[0.1, 0.2], lr=[0.1, 0.2])
    found = gather(table, Columns(seed="seed", metrics=("acc",), parameters=("lr",)))
    assert [run.arm for run in found.runs] == ["lr 0.1", "lr 0.2"]


def test_a_source_without_rows_is_refused():
    with pytest.raises(UsageError, match="has no rows"):
        gather(rows(m=[], seed=[], acc=[]), PLAIN)
