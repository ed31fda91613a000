"""JSON: all that the tables know, at full precision, in one file."""

import math

import orjson

from sweep.report.formats import FORMATS
from sweep.report.table import Cell, Column, Document, Note, Table
from tests.sweep.report.formats.hostile import document


def read(content):
    return orjson.loads(FORMATS["json"].render(content)["report.json"])


def test_cells_carry_their_values_trials_and_marks():
    (table,) = read(document(["a", "b"]))["tables"]
    name, value, _, detail = table["rows"][1]
    assert name["text"] == "b"
    assert value["values"] == {"mean": 0.7123456789012345, "sd": 0.1}
    assert (value["trials"], value["bold"]) == ([3, 4], True)
    assert detail["values"] == {"": 1}
    assert table["rows"][0][0]["marks"] == ["a"]


def test_a_number_that_is_not_finite_is_null():
    cell = Cell("n/a", {"mean": math.nan, "high": math.inf})
    table = Table("t", "T", (Column("a", "A"),), ((cell,),), (Note("", "n"),))
    (shown,) = read(Document("d", ("one line",), (table,)))["tables"]
    assert shown["rows"][0][0]["values"] == {"mean": None, "high": None}


def test_the_document_keeps_its_title_and_summary():
    content = read(Document("focal", ("12 trials",), ()))
    assert (content["title"], content["summary"], content["tables"]) == (
        "focal",
        ["12 trials"],
        [],
    )
