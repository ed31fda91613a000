"""The table that every format renders.

A table is built once: it holds each number rounded for a reader and at full precision for a
program. A format only decides how to write bold, footnotes and columns. Texts here are plain
Unicode; the format escapes them.
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
Tone = Literal["", "good", "bad", "same", "open"]  # the colour of a verdict


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        key: the column's name in the machine formats; unique in the table, stable between versions.
        title: for a reader.
        align: alignment of the cells.
        detail: whether only the machine formats have the column.
    """

    key: str
    title: str
    align: Align = "right"
    detail: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Attributes:
        text: for a reader, rounded; "" for an empty cell.
        values: part → value at full precision (`{"mean": 0.712, "sd": 0.013}`); the part "" is the
            column itself.
        trials: the trials that the number is computed from, in order.
        marks: marks of the table's notes about this cell.
        bold: whether it is the best of its column, or not distinguishable from the best.
        tone: colour of a verdict, which its text says as well.
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
        mark: of the cells that it is about; "": it is about the whole table.
        text: for a reader.
        trials: the trials that it is about.
        kind: caveat (a warning about the numbers) or method (how the numbers were computed).
    """

    mark: str
    text: str
    trials: tuple[int, ...] = ()
    kind: Literal["caveat", "method"] = "caveat"

    @property
    def sentence(self) -> str:
        """The text with a full stop."""
        is_complete = self.text.endswith((".", "!", "?"))
        return self.text if is_complete else f"{self.text}."


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        name: file stem in the formats that write one file per table.
        title: for a reader, one line.
        columns: in order.
        rows: one cell per column.
        notes: marked ones first, in the order of their marks.
        task: the task that the table is about; "": all tasks, or a study without tasks.
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
        """Indices of the columns that a page shows."""
        return [i for i, column in enumerate(self.columns) if not column.detail]

    def printed_notes(self, style: NotesStyle) -> tuple[Note, ...]:
        """The notes printed below the table; `left_notes` are printed elsewhere."""
        if style == "full":
            return self.notes
        if style == "separate":
            return ()
        return tuple(note for note in self.notes if note.kind == "caveat")

    def left_notes(self, style: NotesStyle) -> tuple[Note, ...]:
        """The notes that are not printed below the table."""
        printed = self.printed_notes(style)
        return tuple(note for note in self.notes if note not in printed)

    def records(self) -> list[dict[str, Value]]:
        """One flat record per row for the machine formats, with the same keys in every row.

        A cell of column `k` becomes `k.part` for each of its values (`k` for the part ""), and
        `k.trials`, the trial numbers joined by spaces, if any cell of the column has trials.
        `marks` joins the texts of the notes about the row, `notes` of those about the whole table,
        so that no number is separated from its caveats.
        """
        parts = [_parts(self.rows, index) for index in range(len(self.columns))]
        text_of_mark = {note.mark: note.text for note in self.notes if note.mark}
        general = " | ".join(note.text for note in self.notes if not note.mark)
        records = []
        for row in self.rows:
            record: dict[str, Value] = {}
            marks: dict[str, None] = {}
            for column, cell, names in zip(self.columns, row, parts, strict=True):
                record |= _flat(column.key, cell, names)
                marks |= dict.fromkeys(cell.marks)
            texts = [text_of_mark[mark] for mark in marks]
            record["marks"] = " | ".join(texts)
            record["notes"] = general
            records.append(record)
        return records

    def keys(self, records: Sequence[Mapping[str, Value]]) -> list[str]:
        """The keys of `records`; without any row, those of the columns."""
        if records:
            return list(records[0])
        return [column.key for column in self.columns]


def _parts(rows: Iterable[tuple[Cell, ...]], index: int) -> list[str]:
    """Every part that a column's cells have, in order of appearance, `trials` last."""
    parts: dict[str, None] = {}
    has_trials = False
    for row in rows:
        cell = row[index]
        parts.update(dict.fromkeys(cell.values))
        has_trials = has_trials or bool(cell.trials)
    if has_trials:
        return [*parts, "trials"]
    return list(parts)


def _flat(key: str, cell: Cell, parts: Sequence[str]) -> dict[str, Value]:
    """A cell's values under the keys of a record."""
    record: dict[str, Value] = {}
    for part in parts:
        name = f"{key}.{part}" if part else key
        if part == "trials":
            record[name] = " ".join(map(str, cell.trials))
        else:
            record[name] = cell.values.get(part)
    return record


class Notes:
    """Collects a table's notes and assigns their marks: a, b, …, z, aa, ab and so on."""

    def __init__(self) -> None:
        self._marked: dict[str, Note] = {}
        self._general: dict[str, Note] = {}

    def mark(self, text: str, trials: Iterable[int] = ()) -> str:
        """The mark of a note; equal texts share a mark."""
        if text not in self._marked:
            next_mark = _mark(len(self._marked))
            self._marked[text] = Note(next_mark, text, tuple(trials))
        return self._marked[text].mark

    def add(self, text: str, trials: Iterable[int] = ()) -> None:
        """Add a caveat about the whole table."""
        note = Note("", text, tuple(trials))
        self._general.setdefault(text, note)

    def explain(self, text: str, trials: Iterable[int] = ()) -> None:
        """Add how the numbers of the whole table were computed."""
        note = Note("", text, tuple(trials), "method")
        self._general.setdefault(text, note)

    def all(self) -> tuple[Note, ...]:
        """Marked notes, then caveats of the whole table, then methods."""
        general = sorted(self._general.values(), key=lambda note: note.kind == "method")
        return (*self._marked.values(), *general)


def _mark(index: int) -> str:
    """The mark with an index, counted from 0: a, b, …, z, aa, ab and so on."""
    letters = string.ascii_lowercase
    earlier_alphabets, position = divmod(index, len(letters))
    head = _mark(earlier_alphabets - 1) if earlier_alphabets else ""
    return head + letters[position]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure for the formats that can embed one.

    Attributes:
        title: what it shows, and what was left out.
        png: the image.
        name: of its file; "" without a file.
        table: name of the table that it is shown next to; "": shown alone.
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
        epochs: number of trained epochs.
        folder: of its files, relative to the report's folder; "" without a folder.
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
        summary: a few lines about the study that the tables come from.
        tables: in order.
        figures: in order.
        layout: of the pages.
        runs: the study's trials.
    """

    title: str
    summary: tuple[str, ...]
    tables: tuple[Table, ...]
    figures: tuple[Figure, ...] = ()
    layout: Layout = field(default_factory=Layout)
    runs: tuple[Run, ...] = ()
