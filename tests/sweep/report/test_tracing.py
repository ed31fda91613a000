"""From a row to its trials, and from a written table back to the log."""

import csv

import pytest

from sweep.errors import UnknownName, UsageError
from sweep.report import gather, writing
from sweep.report.tracing import trace, verify_table


def save(history, folder, formats, tables=None, **options):
    return writing.save(gather(history, **options), folder, formats, tables)


def test_a_trace_names_every_run_behind_a_row(study, curve_to, run_all):
    writer = study()
    run_all(
        writer,
        lambda arm, seed, _: (
            None if (arm.name, seed) == ("+ focal", 5) else curve_to(0.6 + seed / 100)
        ),
    )
    history = writer.history()
    table = trace(history, "+ focal")
    keys = [column.key for column in table.columns]
    rows = [dict(zip(keys, row, strict=True)) for row in table.rows]
    assert [row["seed"].text for row in rows] == list("012345")
    assert rows[5]["state"].text == "missing"
    number = rows[2]["trial"].values[""]
    assert history.trials[number].seed == 2
    assert rows[2]["test/f1"].values[""] == 0.62
    assert (rows[2]["selected"].text, rows[2]["code"].text) == ("2", "aaaa")
    assert "loss_type=focal" in table.notes[0].text


def test_an_unknown_arm_names_the_nearest(ladder):
    with pytest.raises(UnknownName, match=r"did you mean '\+ focal'"):
        trace(ladder, "+ focl")


MACHINE = ("csv", "parquet", "json")


@pytest.mark.parametrize("name", MACHINE)
def test_a_written_table_equals_the_log(ladder, tmp_path, name):
    for path in save(ladder, tmp_path, [name]):
        assert verify_table(ladder, path) == []


def test_tables_are_checked_with_the_options_they_were_written_with(ladder, tmp_path):
    options = {"metrics": ["test/loss"], "confidence": 0.9}
    (path,) = save(ladder, tmp_path, ["csv"], tables=["ablation"], **options)
    assert verify_table(ladder, path, **options) == []
    assert verify_table(ladder, path) != []


def test_an_altered_number_is_found_with_its_row_column_and_trials(ladder, tmp_path):
    (path,) = save(ladder, tmp_path, ["csv"], tables=["ablation"])
    text = path.read_text()
    (mean,) = [
        row["test/f1.mean"]
        for row in csv.DictReader(text.splitlines())
        if "+ focal" in row["arm"]
    ]
    path.write_text(text.replace(mean, "0.999"))
    (difference,) = verify_table(ladder, path)
    assert difference.startswith(
        "ablation.csv: row 2 (+ focal), test/f1.mean: '0.999', the log gives 0.70"
    )
    assert difference.endswith("(trials 6 7 8 9 10 11)")


@pytest.mark.parametrize("name", MACHINE)
def test_a_table_of_another_history_differs(
    study, ladder, curve_to, run_all, tmp_path, name
):
    writer = study()
    run_all(writer, lambda arm, seed, _: curve_to(0.3 + seed / 50))
    for path in save(ladder, tmp_path, [name], tables=["ablation"]):
        assert any(
            "test/f1.mean" in line for line in verify_table(writer.history(), path)
        )


def test_a_missing_row_and_an_unknown_table_are_found(ladder, tmp_path):
    (path,) = save(ladder, tmp_path, ["csv"], tables=["ablation"])
    path.write_text("\r\n".join(path.read_text().splitlines()[:-1]) + "\r\n")
    assert verify_table(ladder, path) == ["ablation.csv: 3 rows, the log gives 4"]
    other = path.rename(tmp_path / "ablatoin.csv")
    tables = "ablation, convergence, cost, provenance"
    assert verify_table(ladder, other) == [
        f"ablatoin.csv: the log gives no table 'ablatoin'; it gives: {tables}"
    ]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("gone.csv", None, "does not exist"),
        ("report.md", b"# x", r"allowed: \*\.csv, \*\.parquet, \*\.json"),
        ("a.parquet", b"PAR", "cannot be read"),
        ("a.json", b"[]", "cannot be read"),
        ("a.csv", b"a,b\r\n1\r\n", "cannot be read"),
    ],
)
def test_a_file_that_is_not_a_table_is_refused(ladder, tmp_path, name, content, said):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=said):
        verify_table(ladder, path)
