"""Step: the change against the step before; shown only where there is more than one step."""

import pytest

from sweep.report import gather
from sweep.report.columns.step import columns
from sweep.report.table import Notes


def test_a_step_is_compared_with_the_one_before_it(laddered, shown):
    cell = shown(columns, laddered)["+ dice"]["test/f1.step"]
    pairs = laddered.pairs("+ dice", "+ focal", "test/f1")["difference"]
    assert cell.values["mean"] == pytest.approx(pairs.mean())
    assert len(cell.trials) == 12


def test_arms_outside_the_ladder_have_an_empty_step_cell(laddered, shown):
    rows = shown(columns, laddered)
    assert rows["baseline"]["test/f1.step"].text == ""
    assert rows["− focal"]["test/f1.step"].text == ""


def test_a_ladder_of_one_step_has_no_column(study, ladder_study):
    writer = study(
        ladder_study.replace('      "+ dice": {dice_weight: 1.0}\n', "").partition(
            "    leave_one_out:"
        )[0]
        + "report: {metrics: [test/f1]}\n"
    )
    writer.decide()
    group = columns(gather(writer.history()), Notes())
    assert group.columns == []
    assert group.cells == [[], []]
