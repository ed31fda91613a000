r"""LaTeX with booktabs: one file a table, for `\input` into a paper.

A file needs the packages booktabs, amssymb and graphicx (a table wider than the text is scaled to it) and compiles with
pdflatex. Every character that TeX
could act on is escaped; what pdflatex cannot set is written as its code point, visibly, never dropped.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from sweep.report.table import Cell, Document, Table, Tone

_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "{''}",  # \textquotedbl needs an encoding that a paper's class may not have
    "'": r"{'}",
    "`": r"{`}",
    "-": r"{-}",  # no ligature: two hyphens in a name stay two hyphens
    "[": r"{[}",  # no optional argument after \\ or \midrule
    "]": r"{]}",
    "*": r"{*}",
    "−": r"$-$",
    "–": r"\textendash{}",
    "—": r"\textemdash{}",
    "±": r"$\pm$",
    "×": r"$\times$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "→": r"$\rightarrow$",
    "✓": r"$\checkmark$",
    "²": r"\textsuperscript{2}",
    "½": r"$\frac12$",
    "…": r"\ldots{}",
    "’": r"{'}",
    "“": "``",
    "”": "''",
    "\u00a0": "~",
    "µ": r"$\mu$",
}
_SMALL = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu "
    "nu xi pi rho sigma tau upsilon phi chi psi omega"
)
_CAPITAL = "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"  # the others look like Latin letters
_TEX |= {
    # Unicode spells it "lamda".
    unicodedata.lookup(
        f"GREEK {case} LETTER {name.upper().replace('LAMBDA', 'LAMDA')}"
    ): rf"$\{name}$"
    for case, names in (("SMALL", _SMALL), ("CAPITAL", _CAPITAL))
    for name in names.split()
}
_COLOURS: dict[Tone, str] = {"good": "00734D", "bad": "B34400", "same": "595959", "open": "7A5C00"}
_ALIGN = {"left": "l", "right": "r", "center": "c"}
_PREAMBLE = "% needs \\usepackage{booktabs,amssymb,graphicx}\n"
_COLOURED = "% needs \\usepackage{booktabs,amssymb,graphicx,xcolor}\n"
# Letters of every font encoding, and TeX's commands for the accents an ASCII letter may carry.
_LETTERS = dict(
    zip("ßæÆœŒøØåÅłŁ", ("ss", "ae", "AE", "oe", "OE", "o", "O", "aa", "AA", "l", "L"), strict=True)
)
_ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u",
    "\u0307": ".",
    "\u0308": '"',
    "\u030b": "H",
    "\u030c": "v",
    "\u0327": "c",
}


def render(document: Document) -> Mapping[str, bytes]:
    """`<table>.tex` for every table."""
    return {f"{table.name}.tex": table_text(table).encode() for table in document.tables}


def table_text(table: Table) -> str:
    """A `table` environment with caption, tabular and notes."""
    shown = table.shown()
    spec = "".join(_ALIGN[table.columns[i].align] for i in shown)
    head = " & ".join(escape(table.columns[i].title) for i in shown)
    rows = [" & ".join(_cell(row[i]) for i in shown) + r" \\" for row in table.rows]
    notes = [
        (rf"\textsuperscript{{{escape(n.mark)}}}~" if n.mark else "") + escape(n.text) + "."
        for n in table.notes
    ]
    lines = [
        r"\begin{table}[t]",
        r"\centering",
        rf"\caption{{{escape(table.title)}.}}",
        rf"\label{{tab:{re.sub('[^a-z0-9]+', '-', table.name.lower())}}}",
        r"\small",
        r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%",
        rf"\begin{{tabular}}{{@{{}}{spec}@{{}}}}",
        r"\toprule",
        head + r" \\",
        r"\midrule",
        *rows,
        r"\bottomrule",
        r"\end{tabular}}",
    ]
    if notes:
        lines += [
            r"",
            r"\smallskip",
            r"\begin{minipage}{\linewidth}\footnotesize",
            "\\par\n".join(notes),
            r"\end{minipage}",
        ]
    coloured = any(row[i].tone for row in table.rows for i in shown)
    preamble = _COLOURED if coloured else _PREAMBLE
    return preamble + "\n".join([*lines, r"\end{table}"]) + "\n"


def escape(text: str) -> str:
    """Text that TeX sets as it stands."""
    return "".join(map(_character, unicodedata.normalize("NFC", text)))


def _character(character: str) -> str:
    if character in _TEX:
        return _TEX[character]
    if character.isspace():
        return " "
    if character in _LETTERS:
        return rf"\{_LETTERS[character]}{{}}"
    base, *accents = list(unicodedata.normalize("NFD", character))
    if not accents and " " < base <= "~":
        return base
    if base.isascii() and len(accents) == 1 and accents[0] in _ACCENTS:
        return rf"\{_ACCENTS[accents[0]]}{{{base}}}"
    return rf"\texttt{{U+{ord(character):04X}}}"


def _cell(cell: Cell) -> str:
    text = escape(cell.text)
    if cell.bold and text:
        # Bold reaches math only with \boldmath, and ± and − are math.
        text = rf"{{\boldmath\textbf{{{text}}}}}"
    if cell.tone:
        text = rf"\textcolor[HTML]{{{_COLOURS[cell.tone]}}}{{{text}}}"
    return text + (rf"\textsuperscript{{{escape(','.join(cell.marks))}}}" if cell.marks else "")
