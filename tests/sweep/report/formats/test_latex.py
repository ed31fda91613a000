"""LaTeX: every character that TeX could act on is escaped, and what it cannot set is visible."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.report.formats import FORMATS, latex
from sweep.report.table import Cell, Column, Document, Note, Table
from tests.sweep.report.formats.hostile import document


def written(text, **cell):
    rows = ((Cell(text, **cell),),)
    table = Table("t", "T", (Column("a", "A"),), rows, (Note("a", "seed 1 failed"),))
    return latex.table_text(table)


@pytest.mark.parametrize(
    ("text", "tex"),
    [
        ("a_b & 50 %", r"a\_b \& 50 \%"),
        (r"\input{x}", r"\textbackslash{}input\{x\}"),
        ("Δ ± ≥", r"$\Delta$ $\pm$ $\geq$"),
        ("Müller", r"M\"{u}ller"),
        ("straße", r"stra\ss{}e"),
        ("数", r"\texttt{U+6570}"),
        ("a--b", "a{-}{-}b"),
    ],
)
def test_a_text_is_set_as_it_stands(text, tex):
    assert latex.escape(text) == tex


@given(st.text())
def test_escaped_text_is_one_line_of_ascii_with_balanced_braces(text):
    tex = latex.escape(text)
    assert tex.isascii()
    assert "\n" not in tex
    grouping = tex.replace(r"\{", "").replace(r"\}", "")
    assert grouping.count("{") == grouping.count("}")


def test_one_file_a_table_with_its_label():
    files = FORMATS["latex"].render(document(["a"]))
    assert list(files) == ["hostile.tex"]
    assert rb"\label{tab:hostile}" in files["hostile.tex"]


def test_bold_reaches_mathematics_and_marks_follow_their_number():
    tex = written("0.7 ± 0.1", bold=True, marks=("a",))
    mark = r"\raisebox{.45ex}{\fontsize{7}{7}\selectfont a}"
    assert r"{\boldmath\textbf{0}} & {\boldmath\textbf{.7 $\pm$ 0.1}}" + mark in tex
    assert rf"\item[{mark}] seed 1 failed." in tex


def test_notes_below_the_parts_of_a_table_are_as_wide_as_the_text():
    """And not as wide as the last part, which may be two narrow columns."""
    widening = r"\renewcommand{\TPTminimum}{\linewidth}"
    columns = tuple(Column(f"c{index}", f"test/metric {index}") for index in range(12))
    cells = (Cell("0.877 ± 0.018"),) * len(columns)
    parts = latex.table_text(Table("t", "T", columns, (cells,), (Note("", "n"),)))
    assert parts.count(r"\begin{tabular}{@{}") > 1
    assert widening in parts
    assert widening not in written("0.7")


def test_a_table_without_rows_still_compiles_to_a_table():
    empty = Table("none", "None", (Column("a", "A"),), ())
    tex = FORMATS["latex"].render(Document("t", (), (empty,)))["none.tex"].decode()
    assert tex.index(r"\midrule") < tex.index(r"\bottomrule")
    assert r"\begin{tablenotes}" not in tex
