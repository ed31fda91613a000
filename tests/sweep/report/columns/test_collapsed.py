"""Collapsed runs: a count with its limit, and a mean without the ends, beside the mean."""

import pytest

from sweep import report
from sweep.report.columns.collapsed import columns
from sweep.report.no_evidence import collapsed
from sweep.report.table import Notes


@pytest.fixture
def evidence(study, ladder_study, curve_to, run_all):
    """`+ focal` collapses with seed 3."""
    writer = study(
        ladder_study.replace("[0, 1, 2, 3, 4, 5]", "[0, 1, 2, 3, 4, 5, 6, 7]")
    )

    def value(arm, seed):
        return 0.1 if (arm.name, seed) == ("+ focal", 3) else 0.6 + (seed * 7 % 8) / 100

    run_all(writer, lambda arm, seed, _: curve_to(value(arm, seed)))
    return report.gather(writer.history())


def test_a_collapsed_run_is_counted_with_its_limit_and_trial(evidence, shown):
    cell = shown(columns, evidence)["+ focal"]["test/f1.collapsed"]
    assert cell.text == "1 of 8 (≤ 47%)"
    (trial,) = cell.trials
    assert evidence.history.trials[trial].seed == 3


def test_the_trimmed_mean_leaves_the_ends_out(evidence, shown):
    cell = shown(columns, evidence)["+ focal"]["test/f1.trimmed"]
    values = sorted(evidence.runs("+ focal")["test/f1"])
    assert cell.values[""] == pytest.approx(sum(values[1:-1]) / 6)
    assert cell.values["cut"] == 1


def test_a_page_shows_the_columns_only_where_a_run_collapsed(evidence, laddered):
    assert [column.detail for column in columns(evidence, Notes()).columns] == [
        False,
        False,
    ]
    assert [column.detail for column in columns(laddered, Notes()).columns] == [
        True,
        True,
    ]


def test_the_row_of_such_an_arm_says_that_its_interval_does_not_hold(evidence):
    (caveat,) = collapsed(evidence)
    assert caveat.arm == "+ focal"
    assert "1 of 8 runs collapsed" in caveat.text
    assert "are not valid" in caveat.text
