"""Tables of studies that added seeds: repeated intervals, no p-value, no bold, and what
to beware of."""

import pytest

from sweep.ablation import looks as ablation_looks
from sweep.report import gather
from sweep.report.ablation import ablation_tables
from sweep.report.columns import looks


@pytest.fixture
def table(looked_at):
    (made,) = ablation_tables(gather(looked_at()))
    return made


def test_the_interval_is_that_of_the_last_look(looked_at, shown):
    history = looked_at()
    rows = shown(looks.columns, gather(history))
    for arm in history.look_plan.compared:
        look = ablation_looks.latest(history, arm)
        cell = rows[arm]["val/f1.look"]
        assert (cell.values["low"], cell.values["high"]) == (look.low, look.high)
        assert rows[arm]["look"].text == f"{look.seeds} seeds"


def test_there_are_no_p_values_and_nothing_is_bold(table):
    assert not [
        column.key for column in table.columns if column.key.endswith((".p", ".change"))
    ]
    assert not any(cell.bold for row in table.rows for cell in row)


def test_looks_note_their_biases_and_assumptions(table):
    notes = " ".join(note.text for note in table.notes)
    assert "overstated" in notes
    assert "symmetric differences" in notes
    assert "fixed before the first run" in notes


def test_seeds_that_a_decided_arm_was_not_given_are_not_missing(table):
    assert not any("left out" in note.text for note in table.notes)
    seeds = {row[0].text: row[-3].text for row in table.rows}
    assert seeds["better"] == "5"
