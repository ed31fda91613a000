r"""LaTeX with booktabs and threeparttable: one file a table, for `\input` into a paper.

A table is set in one column of the page or across it, never scaled (`tex_layout`), its numbers in
line at the decimal point. Notes stand under it, or in `<table>_notes.tex`, as `report.notes` says.
It compiles with pdflatex.
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
_MARK = (
    r"\raisebox{.45ex}{\fontsize{7}{7}\selectfont %s}"  # a superscript would have 5 pt
)
_FEW = 15  # rows of a part under which long notes still fit a page


def render(document: Document) -> Mapping[str, bytes]:
    """`<table>.tex` for every table, and `<table>_notes.tex` for notes that stand elsewhere."""
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
    several = parts(table, fitted)
    beside = len(several) == 1 and len(table.rows) <= _FEW
    lines = [_preamble(table)]
    for number, rows in enumerate(several):
        under = notes if beside else ()
        lines += _float(table, fitted, rows, number, under)
    if notes and not beside:
        lines += ["", r"\begingroup", *_listed(notes), r"\endgroup"]
    return "\n".join(lines) + "\n"


def _preamble(table: Table) -> str:
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
    """One float: some rows of the table."""
    environment = "table*" if fitted.wide else "table"
    title = escape(table.title) + (" (continued)" if number else "")
    label = re.sub("[^a-z0-9]+", "-", table.name.lower())
    lines = [
        rf"\begin{{{environment}}}[t]",
        r"\centering",
        rf"\fontsize{{{fitted.size}}}{{{1.2 * fitted.size:.1f}}}\selectfont",
        rf"\setlength{{\tabcolsep}}{{{COLUMN_SEP}pt}}",
        r"\begin{threeparttable}",
        rf"\caption{{{title}.}}",
        rf"\label{{tab:{label}{f'-{number + 1}' if number else ''}}}",
    ]
    for at, block in enumerate(fitted.blocks):
        lines += [r"", r"\medskip"] if at else []
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
    spec = "".join(_spec(table, fitted, index) for index in block)
    head = " & ".join(_heading(table, fitted, index) for index in block)
    body = [
        " & ".join(_in_column(row[i], i in fitted.aligned) for i in block)
        for row in rows
    ]
    return [
        rf"\begin{{tabular}}{{@{{}}{spec}@{{}}}}",
        r"\toprule",
        head + r" \\",
        r"\midrule",
        *(line + r" \\" for line in body),
        r"\bottomrule",
        r"\end{tabular}",
    ]


def _spec(table: Table, fitted: Fit, index: int) -> str:
    """What a tabular is told of a column."""
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
    """A cell, in a column whose numbers line up in two: up to the decimal point, and from it on."""
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
    text = escape(shown)
    if cell.bold and text:
        # Bold reaches math only with \boldmath, and ± and − are math.
        text = rf"{{\boldmath\textbf{{{text}}}}}"
    if cell.tone and text:
        text = rf"\textcolor[HTML]{{{_COLOURS[cell.tone]}}}{{{text}}}"
    return text + (_mark(",".join(cell.marks)) if marked and cell.marks else "")


def _mark(mark: str) -> str:
    return _MARK % escape(mark) if mark else ""


def _notes_file(table: Table, notes: Sequence[Note]) -> str:
    """The notes of a table that stand elsewhere, as paragraphs."""
    title = rf"\noindent\textbf{{{escape(table.title)}}}\par"
    return "\n".join([r"\begingroup", title, *_listed(notes), r"\endgroup"]) + "\n"


def _listed(notes: Sequence[Note]) -> list[str]:
    paragraphs = [rf"{_mark(note.mark)}{escape(note.sentence)}\par" for note in notes]
    return [r"\fontsize{8}{9.6}\selectfont\raggedright", *paragraphs]
