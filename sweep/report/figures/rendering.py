"""How a figure becomes a file, the same byte for byte each time.

`Figure.savefig` draws twice: once for a layout that is settled here already (`style.styled`). What a canvas writes by
itself is the same bytes, drawn once.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from fontTools.subset import Options  # type: ignore[import-untyped]
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

_DPI = {"png": 200, "pdf": 300, "svg": 300}  # of the picture, or of what is rasterised inside it
# Tables for setting text. In a figure every glyph has its place, and reading these takes a third of a PDF's time.
_LAYOUT = ("GSUB", "GPOS", "GDEF", "BASE", "kern")

Print = Callable[[io.BytesIO], None]


def _png(figure: Figure) -> Print:
    return partial(FigureCanvasAgg(figure).print_png, metadata={"Software": None})


def _pdf(figure: Figure) -> Print:
    metadata = {"Creator": None, "Producer": None, "CreationDate": None}
    return partial(FigureCanvasPdf(figure).print_pdf, metadata=metadata)


def _svg(figure: Figure) -> Print:
    return partial(FigureCanvasSVG(figure).print_svg, metadata={"Creator": None, "Date": None})


# Format → how a figure is printed in it, without what a file would say about when and by what it was written.
PRINTED: Mapping[str, Callable[[Figure], Print]] = {"png": _png, "pdf": _pdf, "svg": _svg}


def encoded(figure: Figure, format: str) -> bytes:  # noqa: A002 - savefig's own word
    """A laid-out figure as a file; `format` is in `PRINTED`. The figure is left as it was."""
    canvas, dpi = figure.canvas, figure.dpi
    buffer = io.BytesIO()
    try:
        figure.dpi = _DPI[format]
        with _fonts_without(_LAYOUT):
            PRINTED[format](figure)(buffer)
    finally:
        figure.dpi = dpi
        figure.set_canvas(canvas)
    return buffer.getvalue()


@contextmanager
def _fonts_without(tables: tuple[str, ...]) -> Iterator[None]:
    """Matplotlib asks fontTools for the glyphs of a figure, and offers no way to say what else is not needed."""
    usual: Any = getattr(Options, "_drop_tables_default", None)
    if usual is None:  # another fontTools: the same picture, later
        yield
        return
    Options._drop_tables_default = [*usual, *tables]
    try:
        yield
    finally:
        Options._drop_tables_default = usual
