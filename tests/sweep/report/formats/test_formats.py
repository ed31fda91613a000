"""Every registered format: the same table comes back, hostile names as they were.

A format without a reader in `READERS` fails the first test.
"""

import csv
import io
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest
from markdown_it import MarkdownIt

from sweep.errors import UnknownName
from sweep.report.formats import FORMATS, delimited, format_named, latex
from sweep.report.table import EMPTY, Cell, Column, Document, Note, Table
from sweep.safe_text import clean, clean_lines
from tests.sweep.report.formats.hostile import HOSTILE, document, table
from tests.sweep.report.formats.page import Page, one_line


def html_names(files: Mapping[str, bytes]) -> list[str]:
    return [one_line(row[0]) for row in Page(files["report.html"].decode()).rows if row]


def markdown_names(files: Mapping[str, bytes]) -> list[str]:
    page = (
        MarkdownIt("commonmark", {"html": True})
        .enable("table")
        .render(files["report.md"].decode())
    )
    return [one_line(row[0]) for row in Page(page).rows if row]


def csv_names(files: Mapping[str, bytes]) -> list[str]:
    rows = list(csv.reader(io.StringIO(files["hostile.csv"].decode(), newline="")))
    return [delimited.unescape(row[0]) for row in rows[1:]]


def parquet_names(files: Mapping[str, bytes]) -> list[str]:
    return (
        pq.read_table(io.BytesIO(files["hostile.parquet"])).column("name").to_pylist()
    )


def json_names(files: Mapping[str, bytes]) -> list[str]:
    (read,) = orjson.loads(files["report.json"])["tables"]
    return [row[0]["text"] for row in read["rows"]]


def latex_names(files: Mapping[str, bytes]) -> list[str]:
    body = (
        files["hostile.tex"].decode().split("\\midrule\n")[1].split("\\bottomrule")[0]
    )
    cells = [re.split(r"(?<!\\) & ", line)[0] for line in body.splitlines()]
    return [re.sub(r"\\raisebox\{\.45ex\}.*$", "", cell) for cell in cells]


def terminal_names(files: Mapping[str, bytes]) -> list[str]:
    lines = (
        files["report.txt"]
        .decode()
        .split("Title <i>&\n")[1]
        .split("\n\n")[0]
        .splitlines()
    )
    return [
        re.sub(r"\s+(\*\*)?0\.71 ± 0\.10.*$", "", line).strip() for line in lines[1:]
    ]


# Format → (reader of the first column, what the format makes of a name).
READERS: dict[
    str, tuple[Callable[[Mapping[str, bytes]], list[str]], Callable[[str], str]]
] = {
    "markdown": (markdown_names, lambda name: clean_lines(one_line(name))),
    "html": (html_names, lambda name: clean_lines(one_line(name))),
    "latex": (latex_names, latex.escape),
    "csv": (csv_names, str),
    "parquet": (parquet_names, str),
    "json": (json_names, str),
    "terminal": (terminal_names, lambda name: clean(name).strip()),
}


def test_every_format_is_read_back_here():
    assert set(READERS) == set(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_hostile_names_come_back_as_they_were(name):
    reader, seen = READERS[name]
    found = reader(FORMATS[name].render(document(HOSTILE)))
    first_mark = " [a]" if name == "terminal" else ""
    assert found == [seen(HOSTILE[0]) + first_mark, *map(seen, HOSTILE[1:])]


@pytest.mark.parametrize("name", FORMATS)
def test_rendering_is_repeatable_and_takes_an_empty_table(name):
    empty = Document("none", (), (Table("empty", "Empty", (Column("a", "A"),), ()),))
    assert FORMATS[name].render(empty)
    assert FORMATS[name].render(document(HOSTILE)) == FORMATS[name].render(
        document(HOSTILE)
    )


@pytest.mark.parametrize("name", FORMATS)
def test_notes_reach_the_reader(name):
    plain = Document("t", (), (table(["first note", "arm", "last note"]),))
    written = b"".join(FORMATS[name].render(plain).values())
    assert written.count(b"first note") >= 2  # the row and the note that marks it
    assert written.count(b"last note") >= 2


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"csv", "parquet", "json"}))
def test_details_are_for_programs(name):
    written = b"".join(
        FORMATS[name].render(Document("t", (), (table(["a", "b"]),))).values()
    )
    assert b"Detail" not in written


@pytest.mark.parametrize(("name", "file"), [
    ("markdown", "report.md"), ("html", "report.html"), ("latex", "example.tex"), ("csv", "example.csv"),
    ("json", "report.json"), ("terminal", "report.txt"),
])  # fmt: skip
def test_formats_write_what_they_wrote(name, file):
    """Against files that a person has read; `GOLDEN=write` in the environment writes
    them anew, to be read again."""
    columns = (
        Column("arm", "Arm", "left"),
        Column("component.focal", "focal", "center"),
        Column("test/f1", "test/f1 ↑"),
        Column("test/f1.change", "Δ test/f1 [95% CI]"),
        Column("design", "Design", "left", detail=True),
    )
    best = {"mean": 0.70375, "sd": 0.0141, "n": 6}
    rows = (
        (Cell("baseline", {"": "baseline"}, marks=("a",)), Cell("", {"": False}),
         Cell("0.598 ± 0.015", {"mean": 0.5983333333333334, "sd": 0.0146, "n": 5}, (0, 1, 2, 3, 5)), EMPTY,
         Cell("baseline", {"": "baseline"})),
        (Cell("+ focal", {"": "+ focal"}), Cell("✓", {"": True}), Cell("0.704 ± 0.014", best, (6, 7, 8), bold=True),
         Cell("+0.105 [+0.101, +0.110]", {"mean": 0.105}, (0, 6)), Cell("ladder", {"": "ladder"})),
    )  # fmt: skip
    notes = (Note("a", "baseline: 5 of 6 runs; left out: trial 4 (seed 4) failed (loss became NaN)", (4,)),
             Note("", "Values are those of each run's best epoch by val/f1"))  # fmt: skip
    example = Table(
        "example",
        "Ablation of focal: mean ± standard deviation over 6 seeds",
        columns,
        rows,
        notes,
    )
    written = FORMATS[name].render(
        Document("focal", ("Trainer clip; 12 trials",), (example,))
    )[file]
    golden = Path(__file__).parent / "golden" / file
    if os.environ.get("GOLDEN") == "write":
        golden.parent.mkdir(exist_ok=True)
        golden.write_bytes(written)
    assert written == golden.read_bytes()


def test_unknown_formats_name_the_nearest():
    with pytest.raises(UnknownName, match="did you mean 'latex'"):
        format_named("latx")
