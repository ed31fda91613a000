"""MLflow's run folders."""

import pytest

from sweep.imported.readers.mlflow_runs import MLFLOW
from sweep.imported.table import SECONDS, STATE
from tests.sweep.imported.readers import sources


def test_a_store_an_experiment_and_a_run_are_read(tmp_path):
    store = sources.mlflow(tmp_path)
    for folder, runs in ((store, 2), (store / "0", 2), (store / "0/1abc", 1)):
        assert MLFLOW.recognises(folder)
        assert len(MLFLOW.read(folder).rows) == runs * sources.EPOCHS


def test_how_long_a_run_took_is_shared_among_its_epochs(tmp_path):
    rows = MLFLOW.read(sources.mlflow(tmp_path)).rows
    assert rows[SECONDS].tolist() == pytest.approx([1.0] * 6)


def test_a_run_that_was_killed_failed(tmp_path):
    store = sources.mlflow(tmp_path)
    (store / "0/1abc/meta.yaml").write_text("status: 5\n")
    rows = MLFLOW.read(store / "0/1abc").rows
    assert set(rows[STATE]) == {"failed"}
