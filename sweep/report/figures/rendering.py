"""How a figure becomes a file, the same byte for byte each time.

`Figure.savefig` draws twice: once for a layout that is settled here already (`style.styled`). What
a canvas writes by itself is the same bytes, drawn once.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from fontTools.subset import Options  # type: ignore[import-untyped]
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

# Tables for setting text. In a figure every glyph has its place, and reading these takes a third of
# a PDF's time.
_LAYOUT = ("GSUB", "GPOS", "GDEF", "BASE", "kern")


@dataclass(frozen=True)
class Printer:
    """How a figure is printed in one format.

    Attributes:
        canvas: Matplotlib's, for that format.
        printed: its method.
        dpi: of the picture, or of what is rasterised inside it.
        unsaid: what a file would say about when and by what it was written.
    """

    canvas: type[Any]
    printed: Callable[..., object]
    dpi: int
    unsaid: tuple[str, ...]


PRINTED: Mapping[str, Printer] = {
    "png": Printer(FigureCanvasAgg, FigureCanvasAgg.print_png, 200, ("Software",)),
    "pdf": Printer(
        FigureCanvasPdf,
        FigureCanvasPdf.print_pdf,
        300,
        ("Creator", "Producer", "CreationDate"),
    ),
    "svg": Printer(
        FigureCanvasSVG, FigureCanvasSVG.print_svg, 300, ("Creator", "Date")
    ),
}


def encoded(figure: Figure, format: str) -> bytes:  # noqa: A002 - savefig's own word
    """A laid-out figure as a file; `format` is in `PRINTED`. The figure is left as it was."""
    printer, canvas, dpi = PRINTED[format], figure.canvas, figure.dpi
    buffer = io.BytesIO()
    try:
        figure.dpi = printer.dpi
        with _fonts_without(_LAYOUT):
            printer.printed(
                printer.canvas(figure), buffer, metadata=dict.fromkeys(printer.unsaid)
            )
    finally:
        figure.dpi = dpi
        figure.set_canvas(canvas)
    return buffer.getvalue()


@contextmanager
def _fonts_without(tables: tuple[str, ...]) -> Iterator[None]:
    """Matplotlib asks fontTools for the glyphs of a figure, and offers no way to say
    what else is not needed.
    """
    usual: Any = getattr(Options, "_drop_tables_default", None)
    if usual is None:  # another fontTools: the same picture, later
        yield
        return
    Options._drop_tables_default = [*usual, *tables]
    try:
        yield
    finally:
        Options._drop_tables_default = usual
