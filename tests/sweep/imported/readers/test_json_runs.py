"""JSON files of runs, in the forms in which scripts and pandas write them."""

import json

import pandas as pd
import pytest

from sweep.errors import UsageError
from sweep.imported.readers.json_runs import JSON

RUNS = [{"arm": "a", "seed": 0, "acc": 0.5}, {"arm": "b", "seed": 0, "acc": 0.75}]


def table(tmp_path, content):
    path = tmp_path / "runs.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return JSON.read(path).rows


@pytest.mark.parametrize(
    "content",
    [
        RUNS,
        {"date": "today", "runs": RUNS},
        {"results": {"x": RUNS[0], "y": RUNS[1]}},
        {"arm": ["a", "b"], "seed": [0, 0], "acc": [0.5, 0.75]},
        pd.DataFrame(RUNS).to_json(),
        pd.DataFrame(RUNS).to_json(orient="records"),
        "[" + ", // one a line\n".join(map(json.dumps, RUNS)) + ",]",
    ],
    ids=[
        "list",
        "key",
        "names",
        "lists",
        "pandas columns",
        "pandas records",
        "comments",
    ],
)
def test_every_usual_form_gives_the_same_rows(tmp_path, content):
    rows = table(tmp_path, content)
    assert rows[["arm", "seed", "acc"]].to_dict("records") == RUNS


def test_the_names_of_runs_are_a_column(tmp_path):
    rows = table(tmp_path, {"small": {"acc": 0.5}, "large": {"acc": 0.6}})
    assert rows["name"].tolist() == ["small", "large"]


def test_one_run_alone_is_a_row(tmp_path):
    assert table(tmp_path, RUNS[0]).to_dict("records") == [RUNS[0]]


@pytest.mark.parametrize(
    "history",
    [{"acc": [0.1, 0.2]}, [{"acc": 0.1}, {"acc": 0.2}]],
    ids=["Keras", "list"],
)
def test_a_history_gives_a_row_for_each_epoch(tmp_path, history):
    rows = table(tmp_path, [{"arm": "a", "history": history}, {"arm": "b", "acc": 0.3}])
    assert rows["epoch"].tolist()[:2] == [1, 2]
    assert rows["acc"].tolist() == [0.1, 0.2, 0.3]
    assert rows["run"].tolist()[:2] == ["run 0", "run 0"]


def test_a_run_with_an_empty_history_stays_a_row(tmp_path):
    assert len(table(tmp_path, [{"acc": 0.1, "history": []}])) == 1


def test_a_list_among_the_settings_is_no_curve(tmp_path):
    assert len(table(tmp_path, [{"layers": [64, 32], "acc": 0.5}])) == 1


@pytest.mark.parametrize(
    "content, message",
    [
        ("[1, 2]", "entry 0 is '1', not the object of a run"),
        ("[]", "holds no runs"),
        ("3", "holds no runs"),
        ("{oops}", "is not JSON"),
        (
            '[{"history": {"acc": [1, 2], "loss": [1]}}]',
            "different lengths: acc 2, loss 1",
        ),
        ('[{"history": [1, 2]}]', "the history of entry 0"),
    ],
)
def test_what_holds_no_runs_is_refused_with_the_reason(tmp_path, content, message):
    with pytest.raises(UsageError, match=message):
        table(tmp_path, content)
