"""Change: paired differences against an arm's own reference, with p-values corrected
over all arms."""

import pytest

from sweep.report.columns.change import columns
from sweep.report.table import Notes


def test_the_change_is_the_mean_of_the_paired_differences(laddered, shown):
    cells = shown(columns, laddered)
    pairs = laddered.pairs("− focal", "+ dice", "test/f1")["difference"]
    assert cells["− focal"]["test/f1.change"].values["mean"] == pytest.approx(
        pairs.mean()
    )
    assert cells["− focal"]["test/f1.change"].values["n"] == 6


def test_the_baseline_has_no_change(laddered, shown):
    cells = shown(columns, laddered)["baseline"]
    assert {cell.text for cell in cells.values()} == {""}


def test_only_the_first_metric_is_for_readers_the_others_are_for_programs(laddered):
    details = {
        column.key: column.detail for column in columns(laddered, Notes()).columns
    }
    assert details == {
        "test/f1.change": False,
        "test/f1.p": False,
        "test/loss.change": True,
        "test/loss.p": True,
    }


def test_how_the_arms_were_compared_is_a_note_of_the_table(laddered):
    notes = Notes()
    columns(laddered, notes)
    assert any("max-T" in note.text for note in notes.all())
