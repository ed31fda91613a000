"""Every registered format: the same table comes back, hostile names do nothing, bold and notes are
kept.

`READERS` has one reader per format, which takes the files apart as a program or a person's viewer
would. A format without a reader fails the first test.
"""

import csv
import io
import os
import re
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest
from markdown_it import MarkdownIt
from rich.console import Console

from sweep.errors import UnknownName
from sweep.report.formats import FORMATS, delimited, format_named, latex, markdown, terminal
from sweep.report.table import EMPTY, Cell, Column, Document, Figure, Note, Table

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(A1:A9)",
    "\\input{/etc/passwd} \\write18{id} $x^2_3$ 100% #1 ~ & {a}",
    "| a | b |\n---|---\n# heading\n[link](javascript:alert(1))",
    "`code` **bold** _it_ ~~no~~ &lt;",
    "[bold red]rich[/bold red] \x1b[31mred\x1b[0m \u202egnp.exe",
    "tab\tand, comma; quote\" apostrophe' back\\slash",
    "λ=½ 漢字 🎉 ü",
    "'quoted",
    "  padded  ",
]
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


def table(names: list[str]) -> Table:
    columns = (
        Column("name", "Name", "left"),
        Column("=f1", "F1 ↑ <b>"),
        Column("on", "On", "center"),
        Column("detail", "Detail", detail=True),
    )
    rows = tuple(
        (
            Cell(name, {"": name}, marks=("a",) if i == 0 else ()),
            Cell("0.71 ± 0.10", {"mean": 0.7123456789012345, "sd": 0.1}, (3, 4), bold=i == 1),
            Cell("✓" if i % 2 else "", {"": bool(i % 2)}),
            Cell(str(i), {"": i}),
        )
        for i, name in enumerate(names)
    )
    return Table("hostile", "Title <i>&", columns, rows, (Note("a", names[0]), Note("", names[-1])))


def document(names: list[str]) -> Document:
    return Document(names[0], tuple(names), (table(names),), (Figure(names[0], PIXEL),))


class Page(HTMLParser):
    """Rows of cell texts, every tag and attribute of an HTML page."""

    def __init__(self, text: str):
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self._cell: list[str] | None = None
        self._sup = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "tr":
            self.rows.append([])
        elif tag == "td":
            self._cell = []
        elif tag == "sup":
            self._sup = True

    def handle_endtag(self, tag):
        if tag == "td":
            self.rows[-1].append("".join(self._cell))
            self._cell = None
        elif tag == "sup":
            self._sup = False

    def handle_data(self, data):
        if self._cell is not None and not self._sup:
            self._cell.append(data)


def one_line(text: str) -> str:
    """White space is layout in HTML and Markdown: compare what is seen."""
    return " ".join(text.split())


def html_names(files: Mapping[str, bytes]) -> list[str]:
    return [one_line(row[0]) for row in Page(files["report.html"].decode()).rows if row]


def markdown_names(files: Mapping[str, bytes]) -> list[str]:
    page = (
        MarkdownIt("commonmark", {"html": True}).enable("table").render(files["report.md"].decode())
    )
    return [one_line(row[0]) for row in Page(page).rows if row]


def csv_names(files: Mapping[str, bytes]) -> list[str]:
    rows = list(csv.reader(io.StringIO(files["hostile.csv"].decode(), newline="")))
    return [delimited.unescape(row[0]) for row in rows[1:]]


def parquet_names(files: Mapping[str, bytes]) -> list[str]:
    return pq.read_table(io.BytesIO(files["hostile.parquet"])).column("name").to_pylist()


def json_names(files: Mapping[str, bytes]) -> list[str]:
    (read,) = orjson.loads(files["report.json"])["tables"]
    return [row[0]["text"] for row in read["rows"]]


def latex_names(files: Mapping[str, bytes]) -> list[str]:
    body = files["hostile.tex"].decode().split("\\midrule\n")[1].split("\\bottomrule")[0]
    cells = [re.split(r"(?<!\\) & ", line)[0] for line in body.splitlines()]
    return [re.sub(r"\\textsuperscript\{[a-z]\}$", "", cell) for cell in cells]


def terminal_names(files: Mapping[str, bytes]) -> list[str]:
    lines = files["report.txt"].decode().split("Title <i>&\n")[1].split("\n\n")[0].splitlines()
    return [re.sub(r"\s+(\*\*)?0\.71 ± 0\.10.*$", "", line).strip() for line in lines[1:]]


# Format → (reader of the first column, what the format makes of a name).
READERS: dict[str, tuple[Callable[[Mapping[str, bytes]], list[str]], Callable[[str], str]]] = {
    "markdown": (markdown_names, one_line),
    "html": (html_names, one_line),
    "latex": (latex_names, latex.escape),
    "csv": (csv_names, str),
    "parquet": (parquet_names, str),
    "json": (json_names, str),
    "terminal": (terminal_names, lambda name: terminal.clean(name).strip()),
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
    assert FORMATS[name].render(document(HOSTILE)) == FORMATS[name].render(document(HOSTILE))


@pytest.mark.parametrize("name", FORMATS)
def test_notes_reach_the_reader(name):
    plain = Document("t", (), (table(["first note", "arm", "last note"]),))
    written = b"".join(FORMATS[name].render(plain).values())
    assert written.count(b"first note") >= 2  # the row and the note that marks it
    assert written.count(b"last note") >= 2


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"csv", "parquet", "json"}))
def test_details_are_for_programs(name):
    written = b"".join(FORMATS[name].render(Document("t", (), (table(["a", "b"]),))).values())
    assert b"Detail" not in written


@pytest.mark.parametrize(("name", "file"), [
    ("markdown", "report.md"), ("html", "report.html"), ("latex", "example.tex"), ("csv", "example.csv"),
    ("json", "report.json"), ("terminal", "report.txt"),
])  # fmt: skip
def test_formats_write_what_they_wrote(name, file):
    """Against files that a person has read; `GOLDEN=write` in the environment writes them anew, to be read again."""
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
        "example", "Ablation of focal: mean ± standard deviation over 6 seeds", columns, rows, notes
    )
    written = FORMATS[name].render(Document("focal", ("Trainer clip; 12 trials",), (example,)))[
        file
    ]
    golden = Path(__file__).parent / "golden" / file
    if os.environ.get("GOLDEN") == "write":
        golden.parent.mkdir(exist_ok=True)
        golden.write_bytes(written)
    assert written == golden.read_bytes()


def test_unknown_formats_name_the_nearest():
    with pytest.raises(UnknownName, match="did you mean 'latex'"):
        format_named("latx")


class TestHtml:
    @pytest.fixture
    def text(self):
        return FORMATS["html"].render(document(HOSTILE))["report.html"].decode()

    def test_nothing_hostile_becomes_a_tag_or_an_attribute(self, text):
        page = Page(text)
        assert page.tags.count("script") == 1
        assert not any(key.startswith("on") for key, _ in page.attributes)
        assert page.tags.count("img") == 1

    def test_one_file_without_any_address(self, text):
        page = Page(text)
        linked = [
            value
            for key, value in page.attributes
            if key in ("src", "href", "srcset", "action", "data")
        ]
        assert linked
        assert all(value.startswith("data:") for value in linked)
        assert "url(" not in text
        assert "@import" not in text
        policy = next(
            value for key, value in page.attributes if key == "content" and "default-src" in value
        )
        assert policy.startswith("default-src 'none'")

    def test_bold_and_marks(self, text):
        assert re.search(r'class="right bold"[^>]*>\s*0\.71 ± 0\.10', text)
        assert "<sup>a</sup>" in text

    def test_numbers_sort_by_value_and_tell_their_trials(self, text):
        assert 'data-sort="0.7123456789012345"' in text
        assert 'title="trials 3, 4"' in text


class TestMarkdown:
    def test_a_name_makes_no_structure(self):
        written = FORMATS["markdown"].render(document(HOSTILE))["report.md"].decode()
        page = Page(
            MarkdownIt("commonmark", {"html": True})
            .enable(["table", "strikethrough"])
            .render(written)
        )
        assert {"script", "img", "a", "code", "em", "s"}.isdisjoint(page.tags)
        assert page.tags.count("table") == 1
        assert page.tags.count("h1") == 1
        assert page.tags.count("strong") == 1  # the one bold cell

    @pytest.mark.parametrize(
        "name",
        [
            "1. item",
            "12) item",
            "- item",
            "+ focal",
            "* item",
            "===",
            "---",
            "-",
            "> quote",
            "# title",
            "   1. x",
            "    code",
        ],
    )
    def test_a_name_at_the_start_of_a_line_stays_text(self, name):
        page = Page(MarkdownIt("commonmark").render(markdown.escape(name)))
        assert set(page.tags) <= {"p"}


class TestCsv:
    @pytest.mark.parametrize(
        "name", ["=1+1", "+ focal", "-1", "@x", "\t=1", "\r=1", " =1", "＝1", "'x"]
    )
    def test_no_cell_starts_a_formula(self, name):
        assert delimited.escape(name).startswith("'")
        assert delimited.unescape(delimited.escape(name)) == name

    def test_headers_are_guarded_too_and_numbers_are_full_and_unguarded(self):
        text = FORMATS["csv"].render(document(["a", "b"]))["hostile.csv"].decode()
        header, first, *_ = csv.reader(io.StringIO(text, newline=""))
        row = dict(zip(header, first, strict=True))
        assert row["'=f1.mean"] == "0.7123456789012345"
        negative = Table("n", "N", (Column("x", "X"),), ((Cell("−1", {"": -1.5}),),))
        assert "\r\n-1.5," in delimited.table_text(negative)


class TestParquet:
    def test_types_and_notes_are_kept(self):
        read = pq.read_table(
            io.BytesIO(FORMATS["parquet"].render(document(["a", "b"]))["hostile.parquet"])
        )
        assert [str(read.schema.field(c).type) for c in ("name", "=f1.mean", "on", "detail")] == [
            "string", "double", "bool", "int64",
        ]  # fmt: skip
        assert orjson.loads(read.schema.metadata[b"notes"])[0] == {
            "mark": "a",
            "text": "a",
            "trials": [],
        }


class TestTerminal:
    def test_a_narrow_terminal_gets_the_columns_in_blocks_and_loses_nothing(self):
        columns = (
            Column("arm", "Arm", "left"),
            *(Column(f"m{i}", f"metric {i}") for i in range(6)),
        )
        rows = tuple(
            (Cell(arm), *(Cell(f"0.7{i} ± 0.01") for i in range(6)))
            for arm in ("baseline", "+ focal")
        )
        console = Console(width=44)
        with console.capture() as capture:
            console.print(terminal.table_renderable(Table("t", "T", columns, rows)))
        lines = capture.get().splitlines()
        assert all(len(line) <= 44 for line in lines)
        assert sum(line.startswith("baseline") for line in lines) == 3
        assert all(f"0.7{i} ± 0.01" in capture.get() for i in range(6))

    def test_nothing_that_a_terminal_obeys_gets_through(self):
        written = FORMATS["terminal"].render(document(HOSTILE))["report.txt"].decode()
        assert "\x1b" not in written
        assert "\u202e" not in written
        assert "[bold red]rich" in written  # rich's own markup is only text
