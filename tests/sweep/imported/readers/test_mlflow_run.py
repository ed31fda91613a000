"""One run of MLflow, as rows."""

import math

import pytest

from sweep.imported.readers.mlflow_run import MlflowRun, table_of
from sweep.imported.table import SECONDS, STATE


def run(identifier="a", **changes):
    known = {
        "name": identifier,
        "status": "FINISHED",
        "deleted": False,
        "parent": None,
        "started": 0.0,
        "milliseconds": 3000.0,
        "settings": {"lr": "0.1"},
        "curves": {"acc": {0: 0.5, 1: 0.6, 2: math.nan}},
    }
    return MlflowRun(identifier, **{**known, **changes})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"deleted": True}, "deleted in MLflow"),
        ({"status": "RUNNING"}, "had not ended"),
        ({"status": "SCHEDULED"}, "had not ended"),
    ],
)
def test_what_does_not_count_is_left_out_and_named(changes, reason):
    table = table_of([run("a"), run("b", **changes)])
    assert set(table.rows["run"]) == {"a"}
    assert table.notes == (f"1 of 2 runs left out: {reason}",)


def test_a_run_that_only_holds_others_is_none_but_one_with_results_counts():
    holder = run("holder", settings={}, curves={})
    child = run("child", parent="holder")
    assert set(table_of([holder, child]).rows["run"]) == {"child"}
    with_results = run("holder")
    assert set(table_of([with_results, child]).rows["run"]) == {"child", "holder"}


def test_a_run_that_failed_before_its_first_result_is_a_run():
    rows = table_of([run(status="FAILED", curves={})]).rows
    assert rows[STATE].tolist() == ["failed"]


def test_runs_are_in_the_order_of_their_start_and_share_their_time_among_epochs():
    rows = table_of([run("late", started=2.0), run("early", started=1.0)]).rows
    assert rows["run"].unique().tolist() == ["early", "late"]
    assert rows[SECONDS].tolist() == [1.0] * 6
