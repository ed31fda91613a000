"""CSV, parquet and JSON lines, and what is exported in them."""

import pandas as pd
import pytest

from sweep.errors import UsageError
from sweep.imported.readers.tabular import CSV, JSON_LINES, PARQUET


def test_what_mlflow_exports_names_its_columns(tmp_path):
    exported = {"run_id": ["a"], "status": ["FAILED"], "params.lr": [0.1], "metrics.acc": [0.5]}
    pd.DataFrame(exported).to_csv(tmp_path / "mlflow.csv")
    table = CSV.read(tmp_path / "mlflow.csv")
    assert (table.parameters, table.metrics) == (("lr",), ("acc",))
    assert table.rows["state"].tolist() == ["failed"]


def test_what_wandb_exports_has_states(tmp_path):
    exported = {"Name": ["a", "b"], "State": ["finished", "crashed"], "acc": [0.5, 0.6]}
    pd.DataFrame(exported).to_csv(tmp_path / "wandb.csv", index=False)
    assert CSV.read(tmp_path / "wandb.csv").rows["state"].tolist() == ["complete", "failed"]


def test_nested_objects_of_json_lines_are_dotted_columns(tmp_path):
    (tmp_path / "runs.jsonl").write_text('{"config": {"lr": 0.1}, "acc": 0.5}\n\n')
    assert list(JSON_LINES.read(tmp_path / "runs.jsonl").rows) == ["acc", "config.lr"]


def test_tabs_are_read_and_a_damaged_parquet_is_refused(tmp_path):
    (tmp_path / "runs.tsv").write_text("a\tb\n1\t2\n")
    assert list(CSV.read(tmp_path / "runs.tsv").rows) == ["a", "b"]
    (tmp_path / "x.parquet").write_text("no")
    with pytest.raises(UsageError, match=r"x\.parquet cannot be read"):
        PARQUET.read(tmp_path / "x.parquet")
