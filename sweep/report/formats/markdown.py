"""Markdown with pipe tables, as GitHub, GitLab and Pandoc read them: `report.md`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from sweep.report.table import Align, Cell, Document, Note, Table, Tone
from sweep.safe_text import clean_lines
from sweep.spec.page_settings import NotesStyle

# Everything that CommonMark, pipe tables or HTML inside Markdown could take for markup.
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&$])")
_LEAD = re.compile(
    r"^(\s*\d*)([-+.)]|=+)(?=\s|$|-)"
)  # list, heading or rule, at the start of a line
_LINE_BREAK = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
# Markdown knows no colour of a text.
_SIGNS: dict[Tone, str] = {"good": "🟢 ", "bad": "🔴 ", "same": "⚪ ", "open": "🟡 "}
_RULE: dict[Align, str] = {"left": ":--", "center": ":-:", "right": "--:"}


NOTES_FILE = "notes.md"
_WHAT_IS_LEFT = {"short": "How it was measured and tested", "separate": "Notes"}


def render(document: Document) -> Mapping[str, bytes]:
    """`report.md` with every table, its notes as lists, or in `notes.md`."""
    style = document.layout.notes
    parts = [
        f"# {escape(document.title)}",
        *(escape(line) for line in document.summary),
    ]
    elsewhere = [f"# Notes of {escape(document.title)}"]
    for table in document.tables:
        parts += [f"## {escape(table.title)}", table_text(table, style)]
        if left := table.left_notes(style):
            elsewhere += [f"## {escape(table.title)}", "\n".join(map(_note, left))]
            parts.append(f"{_WHAT_IS_LEFT[style]}: [{NOTES_FILE}]({NOTES_FILE})")
    files = {"report.md": parts} | (
        {NOTES_FILE: elsewhere} if len(elsewhere) > 1 else {}
    )
    return {name: ("\n\n".join(text) + "\n").encode() for name, text in files.items()}


def table_text(table: Table, style: NotesStyle = "full") -> str:
    """One table with those of its notes that stand under it."""
    shown = table.shown()
    lines = [
        _line(_inline(table.columns[i].title) for i in shown),
        _line(_RULE[table.columns[i].align] for i in shown),
        *(_line(_cell(row[i]) for i in shown) for row in table.rows),
    ]
    notes = [_note(note) for note in table.printed_notes(style)]
    return "\n".join([*lines, *([""] if notes else []), *notes])


def _note(note: Note) -> str:
    mark = f"<sup>{escape(note.mark)}</sup> " if note.mark else ""
    return f"- {mark}{escape(note.text)}"


def escape(text: str) -> str:
    """Text that no Markdown reader takes for markup, on one line."""
    return _LEAD.sub(
        r"\1\\\2", _inline(text).strip()
    )  # four blanks in front would make it code


def _inline(text: str) -> str:
    """The same inside a line, where lists and headings cannot start."""
    return _SPECIAL.sub(r"\\\1", clean_lines(_LINE_BREAK.sub(" ", text)))


def _cell(cell: Cell) -> str:
    text = _inline(cell.text)
    if cell.bold and text:
        text = f"**{text}**"
    text = _SIGNS.get(cell.tone, "") + text
    return text + (f"<sup>{escape(','.join(cell.marks))}</sup>" if cell.marks else "")


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
