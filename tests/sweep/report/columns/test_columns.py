"""What every column of the ablation table promises; one without a case in `FILLED`
fails the first test."""

import pytest

from sweep.report import gather
from sweep.report.ablation import ablation_tables
from sweep.report.columns import COLUMNS
from sweep.report.table import Notes

# Column → the study of conftest.py in which it has something to show.
FILLED = dict.fromkeys(
    ["components", "design", "metrics", "change", "step", "runs", "cost", "collapsed"],
    "laddered",
)
FILLED |= {"tuned": "retuned", "verdict": "with_margin", "looks": "sequential"}


def test_every_column_has_a_case():
    assert FILLED.keys() == COLUMNS.keys()


@pytest.mark.parametrize("name", COLUMNS)
class TestEveryColumn:
    def test_a_column_has_one_cell_for_each_arm(self, name, request):
        evidence = request.getfixturevalue(FILLED[name])
        group = COLUMNS[name](evidence, Notes())
        assert len(group.cells) == len(evidence.arms)
        assert group.columns
        for position, _ in enumerate(group.columns):
            assert any(
                row[position].text or row[position].values for row in group.cells
            )

    def test_a_column_accepts_a_study_without_ended_runs(self, name, study):
        writer = study()
        writer.decide()
        evidence = gather(writer.history())
        assert len(COLUMNS[name](evidence, Notes()).cells) == len(evidence.arms)

    def test_a_column_is_repeatable(self, name, request):
        evidence = request.getfixturevalue(FILLED[name])
        assert COLUMNS[name](evidence, Notes()) == COLUMNS[name](evidence, Notes())


def test_no_two_columns_have_one_key(retuned):
    (table,) = ablation_tables(retuned)
    keys = [column.key for column in table.columns]
    assert len(set(keys)) == len(keys)


def test_they_stand_in_the_table_in_the_order_of_the_registry(laddered):
    (table,) = ablation_tables(laddered)
    groups = [build(laddered, Notes()) for build in COLUMNS.values()]
    expected = [column.key for group in groups for column in group.columns]
    assert [column.key for column in table.columns] == ["arm", *expected]
