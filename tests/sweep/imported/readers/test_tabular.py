"""CSV, parquet and JSON lines, and what is exported in them."""

import gzip

import pandas as pd
import pytest

from sweep.errors import UsageError
from sweep.imported.readers.tabular import CSV, JSON_LINES, PARQUET


def test_what_mlflow_exports_names_its_columns(tmp_path):
    exported = {
        "run_id": ["a"],
        "status": ["FAILED"],
        "params.lr": [0.1],
        "metrics.acc": [0.5],
    }
    pd.DataFrame(exported).to_csv(tmp_path / "mlflow.csv")
    table = CSV.read(tmp_path / "mlflow.csv")
    assert (table.parameters, table.metrics) == (("lr",), ("acc",))
    assert table.rows["state"].tolist() == ["failed"]


def test_what_wandb_exports_has_states(tmp_path):
    exported = {"Name": ["a", "b"], "State": ["finished", "crashed"], "acc": [0.5, 0.6]}
    pd.DataFrame(exported).to_csv(tmp_path / "wandb.csv", index=False)
    assert CSV.read(tmp_path / "wandb.csv").rows["state"].tolist() == [
        "complete",
        "failed",
    ]


def test_nested_objects_of_json_lines_are_dotted_columns(tmp_path):
    (tmp_path / "runs.jsonl").write_text('{"config": {"lr": 0.1}, "acc": 0.5}\n\n')
    assert list(JSON_LINES.read(tmp_path / "runs.jsonl").rows) == ["acc", "config.lr"]


def test_tabs_are_read_and_a_damaged_parquet_is_refused(tmp_path):
    (tmp_path / "runs.tsv").write_text("a\tb\n1\t2\n")
    assert list(CSV.read(tmp_path / "runs.tsv").rows) == ["a", "b"]
    (tmp_path / "x.parquet").write_text("no")
    with pytest.raises(UsageError, match=r"x\.parquet cannot be read"):
        PARQUET.read(tmp_path / "x.parquet")


def test_semicolons_with_decimal_commas_are_read_as_numbers(tmp_path):
    text = "\ufeffmethod;seed;acc\na;0;0,5\na;1;0,75\n"
    (tmp_path / "runs.csv").write_text(text, encoding="utf-8")
    rows = CSV.read(tmp_path / "runs.csv").rows
    assert list(rows) == ["method", "seed", "acc"]
    assert rows["acc"].tolist() == [0.5, 0.75]


def test_a_list_in_a_cell_is_no_reason_to_take_another_separator(tmp_path):
    (tmp_path / "runs.csv").write_text('method,acc\n"a;b;c",0.5\n')
    assert CSV.read(tmp_path / "runs.csv").rows["acc"].tolist() == [0.5]


def test_an_index_with_a_name_is_a_column(tmp_path):
    frame = pd.DataFrame({"acc": [0.5, 0.6]}, index=pd.Index([3, 4], name="seed"))
    frame.to_parquet(tmp_path / "runs.parquet")
    assert PARQUET.read(tmp_path / "runs.parquet").rows["seed"].tolist() == [3, 4]


def test_compressed_json_lines_are_read_and_what_is_not_compressed_is_refused(tmp_path):
    (tmp_path / "runs.jsonl.gz").write_bytes(gzip.compress(b'{"acc": 0.5}\n'))
    assert JSON_LINES.read(tmp_path / "runs.jsonl.gz").rows["acc"].tolist() == [0.5]
    (tmp_path / "x.jsonl.gz").write_bytes(b"no")
    with pytest.raises(UsageError, match=r"x\.jsonl\.gz cannot be read"):
        JSON_LINES.read(tmp_path / "x.jsonl.gz")


def test_utf_16_as_spreadsheets_write_it_is_read(tmp_path):
    (tmp_path / "runs.csv").write_text("arm\tacc\nä\t0.5\n", encoding="utf-16")
    rows = CSV.read(tmp_path / "runs.csv").rows
    assert rows.to_dict("records") == [{"arm": "ä", "acc": 0.5}]


def test_another_encoding_is_refused_with_how_to_convert_it(tmp_path):
    (tmp_path / "runs.csv").write_bytes("arm,acc\nä,0.5\n".encode("cp1252"))
    with pytest.raises(UsageError, match=r"byte 8 is 0xe4.*iconv -f WINDOWS-1252"):
        CSV.read(tmp_path / "runs.csv")


def test_two_columns_of_one_name_are_refused(tmp_path):
    (tmp_path / "runs.csv").write_text("arm,acc,acc\na,0.5,0.6\n")
    with pytest.raises(UsageError, match="line 1: acc names several columns"):
        CSV.read(tmp_path / "runs.csv")


def test_spaces_around_names_and_empty_columns_and_rows_are_left_out(tmp_path):
    (tmp_path / "runs.csv").write_text("arm , acc,\na,0.5,\n,,\n")
    rows = CSV.read(tmp_path / "runs.csv").rows
    assert rows.to_dict("records") == [{"arm": "a", "acc": 0.5}]


def test_percent_signs_and_comments_in_front_are_read_over(tmp_path):
    (tmp_path / "runs.csv").write_text("# exported\nmethod,acc\na,81.2%\nb,80%\n")
    rows = CSV.read(tmp_path / "runs.csv").rows
    assert rows["acc"].tolist() == [81.2, 80.0]
