"""A group of columns has as many cells in each row as it has columns."""

import pytest

from sweep.report.columns.protocol import ColumnGroup
from sweep.report.table import EMPTY, Column


def test_a_row_that_does_not_fit_is_refused_with_its_number_and_the_columns():
    with pytest.raises(ValueError, match=r"row 1 has 2 cells for 1 columns \(f1\)"):
        ColumnGroup([Column("f1", "F1")], [[EMPTY], [EMPTY, EMPTY]])


def test_a_group_without_columns_has_empty_rows():
    assert ColumnGroup([], [[], []]).cells == [[], []]
    with pytest.raises(ValueError, match=r"row 0 has 1 cells for 0 columns \(none\)"):
        ColumnGroup([], [[EMPTY]])
