"""Every character that TeX could act on is escaped; `test_latex` says the rest."""

from sweep.report.formats.tex_escape import escape


def test_what_tex_cannot_set_is_visible():
    assert escape("数$x_1$") == r"\texttt{U+6570}\$x\_1\$"
