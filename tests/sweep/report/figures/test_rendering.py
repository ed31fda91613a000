"""Files: what Matplotlib's own `savefig` writes, sooner; and small ones, however much a
study has tried."""

from __future__ import annotations

import io
import re
import sys
import zlib
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.collections import LineCollection

from sweep.report import figures
from sweep.report.figures import style
from sweep.report.figures.rendering import PRINTED, encoded
from sweep.report.figures.style import Drawing, canvas, styled
from sweep.report.layout import Layout

METADATA = {
    "png": {"Software": None},
    "pdf": {"Creator": None, "Producer": None, "CreationDate": None},
    "svg": {"Creator": None, "Date": None},
}


def contents(pdf: bytes) -> list[bytes]:
    """The streams of a PDF, unpacked."""
    packed = re.findall(
        rb"/FlateDecode.*?stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL
    )
    return [zlib.decompress(stream) for stream in packed]


def cloud(number):
    """A figure of so many marks and lines."""
    return _cloud(SimpleNamespace(layout=Layout(), number=number))


@styled
def _cloud(evidence) -> Drawing:
    number = evidence.number
    figure = canvas(1.0)
    axes = figure.subplots()
    at = np.arange(number)
    axes.plot(at, at % 7, "o")
    axes.add_collection(LineCollection([[(n, 0), (n, 1)] for n in range(number)]))
    return Drawing(figure, "A cloud", "So many.")


@pytest.mark.parametrize("name", ["png", "svg"])
def test_a_file_is_what_savefig_writes(name, drawn):
    figure = drawn("forest").figure
    wanted = io.BytesIO()
    with style._applied():
        figure.savefig(wanted, format=name, metadata=METADATA[name], dpi=200)
    assert figures.rendered(figure, name) == wanted.getvalue()


def test_every_format_leaves_the_figure_as_it_was(drawn):
    figure = drawn("forest").figure
    before = figure.canvas, figure.dpi, tuple(figure.get_size_inches())
    assert set(PRINTED) == set(METADATA)
    for name in PRINTED:
        assert encoded(figure, name)
        assert (figure.canvas, figure.dpi, tuple(figure.get_size_inches())) == before


def test_fonts_in_a_pdf_are_truetype_without_tables_for_setting_text(drawn):
    pdf = figures.rendered(drawn("forest").figure, "pdf")
    fonts = [
        stream for stream in contents(pdf) if stream.startswith(b"\x00\x01\x00\x00")
    ]
    assert fonts
    for font in fonts:
        assert b"glyf" in font[:400]
        assert not any(table in font[:400] for table in (b"GSUB", b"GPOS", b"GDEF"))


def test_few_marks_are_vectors_and_many_are_an_image():
    few, many = (cloud(number).file("pdf") for number in (50, style.MOST_VECTORS + 1))
    assert b"/Subtype /Image" not in few
    assert b"/Subtype /Image" in many
    assert len(cloud(20 * style.MOST_VECTORS).file("pdf")) < 3 * len(many)


def test_of_more_lines_than_can_be_told_apart_some_are_drawn_and_the_caption_says_how_many(
    full, monkeypatch
):
    monkeypatch.setattr(sys.modules["sweep.report.figures.parallel"], "MOST", 10)
    drawing = figures.draw("parallel", full)
    lines = {c.get_label(): c for c in drawing.figure.axes[0].collections}
    complete = [seen for seen in full.searched if seen.value is not None]
    drawn = lines["complete"].get_array()
    assert len(complete) > 10 >= len(drawn) > 5
    assert max(drawn) == max(seen.value for seen in complete), (
        "the best one is among them"
    )
    assert (
        f"Drawn are {len(drawn)} of those with a result, evenly spaced, and"
        in drawing.caption
    )
