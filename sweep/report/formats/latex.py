r"""LaTeX with booktabs and threeparttable: one file per table, for `\input` into a paper.

A table fills one column of the page or its whole width, is never scaled (`tex_layout`), and aligns
its numbers at the decimal point. Notes are below it, or in `<table>_notes.tex`, as `report.notes`
says. It compiles with pdflatex.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sweep.report.formats.decimal_point import split
from sweep.report.formats.tex_escape import escape
from sweep.report.formats.tex_layout import COLUMN_SEP, Fit, fit, parts
from sweep.report.layout import Layout
from sweep.report.table import Cell, Document, Note, Table, Tone

__all__ = ["escape", "render", "table_text"]

_COLOURS: dict[Tone, str] = {
    "good": "00734D",
    "bad": "B34400",
    "same": "595959",
    "open": "7A5C00",
}
_ALIGN = {"left": "l", "right": "r", "center": "c"}
_PACKAGES = ("booktabs", "amssymb", "threeparttable")
# not a superscript, which would have 5 pt
_MARK = r"\raisebox{.45ex}{\fontsize{7}{7}\selectfont %s}"
# Notes are else as wide as the last part of the table, which may be two narrow columns.
_WIDE_NOTES = r"\renewcommand{\TPTminimum}{\linewidth}"
_FEW = 15  # rows of a table that fits a page together with long notes


def render(document: Document) -> Mapping[str, bytes]:
    """`<table>.tex` for every table, and `<table>_notes.tex` for notes not printed in it."""
    files = {}
    for table in document.tables:
        files[f"{table.name}.tex"] = table_text(table, document.layout).encode()
        if left := table.left_notes(document.layout.notes):
            files[f"{table.name}_notes.tex"] = _notes_file(table, left).encode()
    return files


def table_text(table: Table, layout: Layout | None = None) -> str:
    """One or more `table` environments with caption, tabulars and notes."""
    pages = layout or Layout()
    fitted = fit(table, pages.pages)
    notes = table.printed_notes(pages.notes)
    floats = parts(table, fitted)
    notes_inside = len(floats) == 1 and len(table.rows) <= _FEW
    lines = [_preamble(table)]
    for number, rows in enumerate(floats):
        lines += _float(table, fitted, rows, number, notes if notes_inside else ())
    if notes and not notes_inside:
        lines += ["", r"\begingroup", *_listed(notes), r"\endgroup"]
    return "\n".join(lines) + "\n"


def _preamble(table: Table) -> str:
    """The comment that says which packages the table needs."""
    coloured = any(row[index].tone for row in table.rows for index in table.shown())
    packages = (*_PACKAGES, "xcolor") if coloured else _PACKAGES
    return f"% needs \\usepackage{{{','.join(packages)}}}"


def _float(
    table: Table,
    fitted: Fit,
    rows: Sequence[tuple[Cell, ...]],
    number: int,
    notes: Sequence[Note],
) -> list[str]:
    """One float with some rows of the table."""
    environment = "table*" if fitted.wide else "table"
    title = escape(table.title) + (" (continued)" if number else "")
    label = re.sub("[^a-z0-9]+", "-", table.name.lower())
    lines = [
        rf"\begin{{{environment}}}[t]",
        r"\centering",
        rf"\fontsize{{{fitted.size}}}{{{1.2 * fitted.size:.1f}}}\selectfont",
        rf"\setlength{{\tabcolsep}}{{{COLUMN_SEP}pt}}",
        *([_WIDE_NOTES] if len(fitted.blocks) > 1 else []),
        r"\begin{threeparttable}",
        rf"\caption{{{title}.}}",
        rf"\label{{tab:{label}{f'-{number + 1}' if number else ''}}}",
    ]
    for index, block in enumerate(fitted.blocks):
        if index:
            lines += ["", r"\medskip"]
        lines += _tabular(table, fitted, rows, block)
    if notes:
        lines += [r"\begin{tablenotes}[flushleft]", r"\fontsize{8}{9.6}\selectfont"]
        lines += [
            rf"\item[{_mark(note.mark)}] {escape(note.sentence)}" for note in notes
        ]
        lines += [r"\end{tablenotes}"]
    return [*lines, r"\end{threeparttable}", rf"\end{{{environment}}}"]


def _tabular(
    table: Table, fitted: Fit, rows: Sequence[tuple[Cell, ...]], block: Sequence[int]
) -> list[str]:
    """The lines of one `tabular`: some rows and some columns."""
    spec = "".join(_spec(table, fitted, index) for index in block)
    head = " & ".join(_heading(table, fitted, index) for index in block)
    lines = [
        rf"\begin{{tabular}}{{@{{}}{spec}@{{}}}}",
        r"\toprule",
        head + r" \\",
        r"\midrule",
    ]
    for row in rows:
        cells = [_in_column(row[index], index in fitted.aligned) for index in block]
        lines.append(" & ".join(cells) + r" \\")
    return [*lines, r"\bottomrule", r"\end{tabular}"]


def _spec(table: Table, fitted: Fit, index: int) -> str:
    """The column specification of a tabular."""
    if index in fitted.wrapped:
        return f"p{{{fitted.wrapped[index]:.0f}pt}}"
    return "r@{}l" if index in fitted.aligned else _ALIGN[table.columns[index].align]


def _heading(table: Table, fitted: Fit, index: int) -> str:
    """A column's title, on one line or several."""
    lines = [escape(line) for line in fitted.headings[index]]
    align = "c" if index in fitted.aligned else _ALIGN[table.columns[index].align]
    text = lines[0]
    if len(lines) > 1:
        together = r"\\".join(lines)
        text = rf"\begin{{tabular}}[b]{{@{{}}{align}@{{}}}}{together}\end{{tabular}}"
    return rf"\multicolumn{{2}}{{c}}{{{text}}}" if index in fitted.aligned else text


def _in_column(cell: Cell, aligned: bool) -> str:
    """A cell; in an aligned column two cells, split at the decimal point."""
    if not aligned:
        return _cell(cell, cell.text, marked=True)
    if not cell.text and not cell.marks:
        return " & "
    number = split(cell.text)
    if number is None:
        return rf"\multicolumn{{2}}{{c}}{{{_cell(cell, cell.text, marked=True)}}}"
    head, tail = number
    return f"{_cell(cell, head, marked=False)} & {_cell(cell, tail, marked=True)}"


def _cell(cell: Cell, shown: str, *, marked: bool) -> str:
    """A cell's text, escaped and perhaps bold or coloured; `marked`: with its footnote marks."""
    text = escape(shown)
    if cell.bold and text:
        # \textbf does not affect math, and ± and − are math.
        text = rf"{{\boldmath\textbf{{{text}}}}}"
    if cell.tone and text:
        text = rf"\textcolor[HTML]{{{_COLOURS[cell.tone]}}}{{{text}}}"
    return text + (_mark(",".join(cell.marks)) if marked and cell.marks else "")


def _mark(mark: str) -> str:
    """A footnote mark as a superscript; "" for an empty one."""
    return _MARK % escape(mark) if mark else ""


def _notes_file(table: Table, notes: Sequence[Note]) -> str:
    """The notes of a table that are not printed in it, as paragraphs."""
    title = rf"\noindent\textbf{{{escape(table.title)}}}\par"
    return "\n".join([r"\begingroup", title, *_listed(notes), r"\endgroup"]) + "\n"


def _listed(notes: Sequence[Note]) -> list[str]:
    """The notes as paragraphs below the table."""
    paragraphs = [rf"{_mark(note.mark)}{escape(note.sentence)}\par" for note in notes]
    return [r"\fontsize{8}{9.6}\selectfont\raggedright", *paragraphs]
