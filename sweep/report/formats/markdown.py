"""Markdown with pipe tables, as GitHub, GitLab and Pandoc read them: `report.md`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from sweep.report.table import Align, Cell, Document, Table, Tone
from sweep.safe_text import clean_lines

# Everything that CommonMark, pipe tables or HTML inside Markdown could take for markup.
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&$])")
_LEAD = re.compile(
    r"^(\s*\d*)([-+.)]|=+)(?=\s|$|-)"
)  # list, heading or rule, at the start of a line
_LINE_BREAK = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
# Markdown knows no colour of a text.
_SIGNS: dict[Tone, str] = {"good": "🟢 ", "bad": "🔴 ", "same": "⚪ ", "open": "🟡 "}
_RULE: dict[Align, str] = {"left": ":--", "center": ":-:", "right": "--:"}


def render(document: Document) -> Mapping[str, bytes]:
    """`report.md` with every table, its notes as lists."""
    parts = [f"# {escape(document.title)}", *(escape(line) for line in document.summary)]
    for table in document.tables:
        parts += [f"## {escape(table.title)}", table_text(table)]
    return {"report.md": ("\n\n".join(parts) + "\n").encode()}


def table_text(table: Table) -> str:
    """One table with its notes."""
    shown = table.shown()
    lines = [
        _line(_inline(table.columns[i].title) for i in shown),
        _line(_RULE[table.columns[i].align] for i in shown),
        *(_line(_cell(row[i]) for i in shown) for row in table.rows),
    ]
    notes = [
        f"- {f'<sup>{escape(n.mark)}</sup> ' if n.mark else ''}{escape(n.text)}"
        for n in table.notes
    ]
    return "\n".join([*lines, *([""] if notes else []), *notes])


def escape(text: str) -> str:
    """Text that no Markdown reader takes for markup, on one line."""
    return _LEAD.sub(r"\1\\\2", _inline(text).strip())  # four blanks in front would make it code


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
