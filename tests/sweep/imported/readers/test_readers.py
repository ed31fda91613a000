"""Every format gives the same runs: what their settings were, and every epoch's results."""

import pytest

from sweep.errors import UsageError
from sweep.imported.readers import READERS, read
from sweep.imported.table import EPOCH, RUN
from tests.sweep.imported.readers import sources

CASES = {
    "csv": sources.csv,
    "parquet": sources.parquet,
    "jsonl": sources.jsonl,
    "json": sources.json_list,
    "lightning": sources.lightning,
    "mlflow": sources.mlflow,
    "mlflow database": sources.mlflow_database,
    "ray": sources.ray,
    "tensorboard": sources.tensorboard,
    "optuna": sources.optuna_journal,
    "wandb": sources.wandb,
}
KNOWS_NO_SETTINGS = ("tensorboard",)
KNOWS_NO_COLUMNS = ("csv", "parquet", "jsonl", "json")


def test_every_reader_has_a_case():
    assert CASES.keys() == READERS.keys()


def accuracies(rows):
    metric = "acc" if "acc" in rows.columns else "value"
    by_run = [group for _, group in rows.groupby(RUN, sort=True)]
    return [group.sort_values(EPOCH)[metric].tolist() for group in by_run]


def expected():
    return [
        [sources.accuracy(run, e) for e in range(sources.EPOCHS)]
        for run, _ in sources.RUNS
    ]


@pytest.mark.parametrize("name", READERS)
def test_runs_settings_and_epochs_are_read(name, tmp_path):
    found, table = read(CASES[name](tmp_path))
    assert found == name
    got = sorted(accuracies(table.rows))
    assert got == [pytest.approx(curve, abs=1e-6) for curve in expected()]
    if name not in KNOWS_NO_SETTINGS:
        assert sorted(table.rows["lr"].unique()) == [0.1, 0.2]
    if name not in KNOWS_NO_COLUMNS + KNOWS_NO_SETTINGS:
        assert table.parameters == ("lr",)
    if name not in KNOWS_NO_COLUMNS:
        assert set(table.metrics) & {"acc", "value"}


def test_a_database_of_optuna_is_read_as_its_journal(tmp_path):
    found, table = read(sources.optuna_database(tmp_path))
    assert found == "optuna"
    assert sorted(accuracies(table.rows)) == expected()


@pytest.mark.parametrize(
    "name, text", [("notes.txt", "hello"), ("gone.csv", None), ("x.jsonl", "[1]\n")]
)
def test_what_is_no_file_of_runs_is_refused_with_the_formats(tmp_path, name, text):
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match=r"format|no such file|not a JSON object"):
        read(tmp_path / name)
