"""Rows of several files as one table."""

import pandas as pd

from sweep.imported.table import Table, joined, number_or_text


def test_columns_that_one_file_lacks_are_empty_in_its_rows():
    first = Table(pd.DataFrame({"acc": [1.0]}), ("lr",), ("acc",), ("left out",))
    second = Table(pd.DataFrame({"f1": [2.0]}), ("lr", "wd"), ("f1",), ("left out",))
    both = joined([first, second])
    assert both.rows["acc"].isna().tolist() == [False, True]
    assert (both.parameters, both.metrics) == (("lr", "wd"), ("acc", "f1"))
    assert both.notes == ("left out",)


def test_settings_are_the_numbers_that_they_spell():
    assert [number_or_text(text) for text in ("1", "1e-3", "adam", "")] == [
        1,
        1e-3,
        "adam",
        "",
    ]
