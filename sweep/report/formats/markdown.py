"""`report.md`: Markdown with pipe tables, as GitHub, GitLab and Pandoc read them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from sweep.report.table import Align, Cell, Document, Note, Table, Tone
from sweep.safe_text import clean_lines
from sweep.spec.page_settings import NotesStyle

# Everything that CommonMark, pipe tables or HTML inside Markdown could read as markup.
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&$])")
# A list, heading or rule at the start of a line.
_LEAD = re.compile(r"^(\s*\d*)([-+.)]|=+)(?=\s|$|-)")
_LINE_BREAK = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
# Signs in place of colours, which Markdown does not have.
_SIGNS: dict[Tone, str] = {"good": "🟢 ", "bad": "🔴 ", "same": "⚪ ", "open": "🟡 "}
_RULE: dict[Align, str] = {"left": ":--", "center": ":-:", "right": "--:"}


NOTES_FILE = "notes.md"
_NOTES_TITLES = {"short": "How it was measured and tested", "separate": "Notes"}


def render(document: Document) -> Mapping[str, bytes]:
    """`report.md` with every table; notes are lists in it, or in `notes.md`."""
    style = document.layout.notes
    parts = [f"# {escape(document.title)}"]
    parts += map(escape, document.summary)
    notes_parts: list[str] = []
    for table in document.tables:
        heading = f"## {escape(table.title)}"
        parts += [heading, table_text(table, style)]
        left = table.left_notes(style)
        if left:
            notes_list = "\n".join(map(_note, left))
            notes_parts += [heading, notes_list]
            parts.append(f"{_NOTES_TITLES[style]}: [{NOTES_FILE}]({NOTES_FILE})")
    files = {"report.md": _joined(parts)}
    if notes_parts:
        title = f"# Notes of {escape(document.title)}"
        files[NOTES_FILE] = _joined([title, *notes_parts])
    return files


def _joined(parts: Iterable[str]) -> bytes:
    """The bytes of a file: its parts with a blank line between them."""
    text = "\n\n".join(parts)
    return f"{text}\n".encode()


def table_text(table: Table, style: NotesStyle = "full") -> str:
    """One table with the notes that are printed below it."""
    shown = table.shown()
    columns = [table.columns[index] for index in shown]
    heading = _line(_inline(column.title) for column in columns)
    rule = _line(_RULE[column.align] for column in columns)
    lines = [heading, rule]
    for row in table.rows:
        line = _line(_cell(row[index]) for index in shown)
        lines.append(line)
    notes = [_note(note) for note in table.printed_notes(style)]
    if notes:
        lines += ["", *notes]
    return "\n".join(lines)


def _note(note: Note) -> str:
    """A note as an item of a list, with its mark if it has one."""
    mark = f"<sup>{escape(note.mark)}</sup> " if note.mark else ""
    return f"- {mark}{escape(note.text)}"


def escape(text: str) -> str:
    """Text on one line that no Markdown reader reads as markup."""
    stripped = _inline(text).strip()  # four leading blanks would make it code
    return _LEAD.sub(r"\1\\\2", stripped)


def _inline(text: str) -> str:
    """Escaped text inside a line, where lists and headings cannot start."""
    one_line = clean_lines(_LINE_BREAK.sub(" ", text))
    return _SPECIAL.sub(r"\\\1", one_line)


def _cell(cell: Cell) -> str:
    """A cell's text in bold if it is, with the sign of its tone and its marks."""
    text = _inline(cell.text)
    if cell.bold and text:
        text = f"**{text}**"
    sign = _SIGNS.get(cell.tone, "")
    marks = ""
    if cell.marks:
        marks = f"<sup>{escape(','.join(cell.marks))}</sup>"
    return f"{sign}{text}{marks}"


def _line(cells: Iterable[str]) -> str:
    """A row of a pipe table."""
    return "| " + " | ".join(cells) + " |"
