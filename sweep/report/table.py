"""The one table every format renders.

A table is built once, with its numbers rounded for a reader and kept in full for a program; a
format only decides how bold, footnotes and columns are written down. Texts here are plain Unicode;
escaping is the format's business.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sweep.report.layout import Layout
from sweep.spec.page_settings import NotesStyle

Value = float | int | str | bool | None
Align = Literal["left", "right", "center"]
Tone = Literal["", "good", "bad", "same", "open"]  # what a verdict is coloured by


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        key: unique in the table, stable between versions; the machine formats' column name.
        title: for a reader.
        align: how cells line up.
        detail: too much for a page; only the machine formats carry it.
    """

    key: str
    title: str
    align: Align = "right"
    detail: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Attributes:
        text: what a reader sees, rounded; "" for nothing.
        values: part → value at full precision (`{"mean": 0.712, "sd": 0.013}`); the part "" is the
            column itself.
        trials: the trials behind the number, in order.
        marks: marks of the table's notes that concern this cell.
        bold: best of its column, or not distinguishable from it.
        tone: colour of a verdict; its word says the same.
    """

    text: str
    values: Mapping[str, Value] = field(default_factory=dict)
    trials: tuple[int, ...] = ()
    marks: tuple[str, ...] = ()
    bold: bool = False
    tone: Tone = ""


EMPTY = Cell("")


@dataclass(frozen=True, slots=True)
class Note:
    """A footnote.

    Attributes:
        mark: "" concerns the whole table.
        text: for a reader.
        trials: those it is about.
        kind: caveat, what a reader must know before believing a row; method, how numbers were made.
    """

    mark: str
    text: str
    trials: tuple[int, ...] = ()
    kind: Literal["caveat", "method"] = "caveat"

    @property
    def sentence(self) -> str:
        """The text with a full stop."""
        return self.text if self.text.endswith((".", "!", "?")) else f"{self.text}."


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        name: file stem of the formats that write one file a table.
        title: for a reader, one line.
        columns: in order.
        rows: one cell per column.
        notes: marked ones first, in the order of their marks.
        task: that the table is of; "": of all, or there are none.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[Note, ...] = ()
    task: str = ""

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows):
            if len(row) != len(self.columns):
                raise ValueError(
                    f"table {self.name}: row {number} has {len(row)} cells for"
                    f" {len(self.columns)} columns"
                )

    def shown(self) -> list[int]:
        """Indices of the columns that a page carries."""
        return [i for i, column in enumerate(self.columns) if not column.detail]

    def printed_notes(self, style: NotesStyle) -> tuple[Note, ...]:
        """The notes that stand under the table; those of `left_notes` go elsewhere."""
        if style == "full":
            return self.notes
        if style == "separate":
            return ()
        return tuple(note for note in self.notes if note.kind == "caveat")

    def left_notes(self, style: NotesStyle) -> tuple[Note, ...]:
        """The notes that do not stand under the table."""
        printed = self.printed_notes(style)
        return tuple(note for note in self.notes if note not in printed)

    def records(self) -> list[dict[str, Value]]:
        """One flat record per row, as the machine formats write it, the same keys in every row.

        A cell of column `k` becomes `k.part` for each of its values (`k` for the part ""), and
        `k.trials`, the trial numbers joined by spaces, when any cell of the column has trials.
        `marks` joins the texts of the notes that concern the row, `notes` those that concern the
        whole table, so that no number travels without its caveats.
        """
        parts = {
            column.key: _parts(self.rows, i) for i, column in enumerate(self.columns)
        }
        texts = {note.mark: note.text for note in self.notes if note.mark}
        general = " | ".join(note.text for note in self.notes if not note.mark)
        records = []
        for row in self.rows:
            record: dict[str, Value] = {}
            for column, cell in zip(self.columns, row, strict=True):
                for part in parts[column.key]:
                    name = f"{column.key}.{part}" if part else column.key
                    record[name] = (
                        " ".join(map(str, cell.trials))
                        if part == "trials"
                        else cell.values.get(part)
                    )
            marks = dict.fromkeys(mark for cell in row for mark in cell.marks)
            record["marks"] = " | ".join(texts[mark] for mark in marks)
            record["notes"] = general
            records.append(record)
        return records

    def keys(self, records: Sequence[Mapping[str, Value]]) -> list[str]:
        """Of its `records`; without any row, those of its columns."""
        return list(records[0]) if records else [column.key for column in self.columns]


def _parts(rows: Iterable[tuple[Cell, ...]], index: int) -> list[str]:
    """Every part that a column's cells have, in order of appearance, `trials` last."""
    cells = [row[index] for row in rows]
    parts = list(dict.fromkeys(part for cell in cells for part in cell.values))
    return [*parts, "trials"] if any(cell.trials for cell in cells) else parts


class Notes:
    """Collects a table's notes and hands out their marks: a, b, …, z, aa, ab and so on."""

    def __init__(self) -> None:
        self._marked: dict[str, Note] = {}
        self._general: dict[str, Note] = {}

    def mark(self, text: str, trials: Iterable[int] = ()) -> str:
        """The mark of a note, the same one for the same text."""
        if text not in self._marked:
            self._marked[text] = Note(_mark(len(self._marked)), text, tuple(trials))
        return self._marked[text].mark

    def add(self, text: str, trials: Iterable[int] = ()) -> None:
        """A caveat of the whole table."""
        self._general.setdefault(text, Note("", text, tuple(trials)))

    def explain(self, text: str, trials: Iterable[int] = ()) -> None:
        """How the numbers of the whole table were made."""
        self._general.setdefault(text, Note("", text, tuple(trials), "method"))

    def all(self) -> tuple[Note, ...]:
        """Marked notes, then caveats of the whole table, then methods."""
        general = sorted(self._general.values(), key=lambda note: note.kind == "method")
        return (*self._marked.values(), *general)


def _mark(index: int) -> str:
    letters = string.ascii_lowercase
    head = _mark(index // len(letters) - 1) if index >= len(letters) else ""
    return head + letters[index % len(letters)]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure for the formats that can carry one.

    Attributes:
        title: what it shows, and what was left out.
        png: the picture.
        name: of its file, "" where it has none.
        table: name of the table that it is shown beside; "": by itself.
    """

    title: str
    png: bytes
    name: str = ""
    table: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """A trial, for the formats that can link to its files.

    Attributes:
        number, stage, label, seed, state: as in the history.
        epochs: it trained.
        folder: of its files, relative to the report's folder; "": it has none.
    """

    number: int
    stage: str
    label: str
    seed: str
    state: str
    epochs: int
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """What a format renders: the tables of one study.

    Attributes:
        title: the study's name.
        summary: a few lines about where the tables come from.
        tables: in order.
        figures: in order.
        layout: how pages are laid out.
        runs: the study's trials.
    """

    title: str
    summary: tuple[str, ...]
    tables: tuple[Table, ...]
    figures: tuple[Figure, ...] = ()
    layout: Layout = field(default_factory=Layout)
    runs: tuple[Run, ...] = ()
