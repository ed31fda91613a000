"""The Pareto table: which configurations are in it, and that every cell can be traced
and verified."""

import pytest

from sweep import report
from sweep.report.pareto import pareto_tables
from sweep.report.search_table import search_tables
from tests.sweep.report.compromises import COMPROMISES


def tell(
    writer,
    number,
    f1,
    size,
    *,
    states=("complete", "complete"),
    spread=0.01,
    attributes=None,
):
    """One configuration: a run for each seed, whose best epoch by val/f1 is the second of three."""
    for seed, state in enumerate(states):
        best = {"val/f1": f1 + seed * spread, "size": size + seed * spread}
        curve = [{"val/f1": f1 - 1, "size": 0.0}, best, {"val/f1": f1 - 1, "size": 0.0}]
        writer.trial(
            {"epochs": 3, "width": number / 20}, curve, seed=seed, stage="search", label=f"search {number}",
            state=state, attributes={"suggestion": number, "memory": {}, **(attributes or {})},
        )  # fmt: skip


@pytest.fixture
def history(study):
    writer = study(COMPROMISES)
    tell(writer, 0, 0.5, 1.0)
    tell(writer, 1, 0.7, 3.0)
    tell(writer, 2, 0.6, 3.5)  # outdone by 1
    tell(writer, 3, 0.5, 1.0)  # equal to 0: none of the two outdoes the other
    tell(writer, 4, 0.9, 0.1, states=("complete", "failed"))
    tell(writer, 5, 0.9, 0.1, states=("pruned",))
    tell(writer, 6, 0.9, 0.1, states=("complete", "running"))
    tell(
        writer, 7, 0.9, 0.1, states=("complete",), attributes={"given_up": "4 runs: …"}
    )
    return writer.history()


@pytest.fixture
def table(history):
    (table,) = pareto_tables(report.gather(history))
    return table


def column(table, key):
    at = [column.key for column in table.columns].index(key)
    return [row[at] for row in table.rows]


def test_the_front_has_complete_nondominated_configurations_ordered_by_the_first_objective(
    table,
):
    assert [cell.text for cell in column(table, "configuration")] == [
        "search 1",
        "search 0",
        "search 3",
    ]
    assert [cell.text for cell in column(table, "trials")] == ["2, 3", "0, 1", "6, 7"]


def test_a_value_is_the_mean_over_runs_at_the_selected_epoch(
    table,
):
    best = column(table, "size")[0]
    assert best.values == pytest.approx({"mean": 3.005, "sd": 0.01 / 2**0.5, "n": 2})
    assert best.trials == (2, 3)
    assert best.text == "3.005 ± 0.007"
    assert [c.title for c in table.columns][2:5] == ["val/f1 ↑", "size ↓", "width"]


def test_notes_say_what_was_left_out_and_what_best_means(table):
    said = "\n".join(note.text for note in table.notes)
    assert (
        "3 of 4 complete configurations: no other configuration is at least as good"
        in said
    )
    assert "Configurations not compared: 1 failed, 2 pruned, 1 running" in said
    assert (
        "Mean ± standard deviation over 2 runs, each read at its best epoch by val/f1"
        in said
    )
    assert (
        "The search's best configuration, and top_k, are chosen by val/f1 alone" in said
    )


def test_the_search_table_refers_to_the_pareto_table(history):
    (ranked,) = search_tables(report.gather(history))
    assert any("Ranked by val/f1 alone" in note.text for note in ranked.notes)
    assert ranked.rows[0][1].text == "2, 3"


def test_a_trial_without_an_objective_is_not_compared_and_that_is_said(study):
    writer = study(COMPROMISES)
    tell(writer, 0, 0.5, 1.0)
    for seed in (0, 1):
        writer.trial({"epochs": 3, "width": 0.9}, [{"val/f1": 0.9}], seed=seed, stage="search",
                     attributes={"suggestion": 1})  # fmt: skip
    (table,) = pareto_tables(report.gather(writer.history()))
    assert [cell.text for cell in column(table, "configuration")] == ["search 0"]
    assert any(
        "1 without a value of every objective" in note.text for note in table.notes
    )


def test_no_table_without_several_objectives_or_before_the_first_result(ladder, study):
    assert pareto_tables(report.gather(ladder)) == []
    assert pareto_tables(report.gather(study(COMPROMISES).history())) == []


@pytest.mark.parametrize("suffix", ["csv", "parquet", "json"])
def test_a_written_table_is_verified_cell_by_cell(history, tmp_path, suffix):
    files = report.save(report.gather(history), tmp_path, [suffix], tables=["pareto"])
    (path,) = files
    assert report.verify_table(history, path) == []
    if suffix == "csv":
        path.write_text(path.read_text().replace("3.005", "3.006"))
        (difference,) = report.verify_table(history, path)
        assert "row 1 (search 1), size.mean: '3.006', the log gives 3.005" in difference
        assert "(trials 2 3)" in difference
