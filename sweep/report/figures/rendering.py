"""Render a figure to a file, reproducibly to the byte.

`Figure.savefig` draws a figure twice, the first time for its layout, which `style.styled` has fixed
already. Printing through the canvas writes the same bytes and draws once.
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

# Font tables for text layout. Matplotlib positions every glyph itself, and reading these tables
# takes a third of the time of a PDF.
_LAYOUT = ("GSUB", "GPOS", "GDEF", "BASE", "kern")


@dataclass(frozen=True)
class Printer:
    """How a figure is printed in one format.

    Attributes:
        canvas: Matplotlib's class for the format.
        print_to: its method that prints.
        dpi: of the image, or of rasterised parts of a vector format.
        left_out: metadata on the time and the program, which would make files differ.
    """

    canvas: type[Any]
    print_to: Callable[..., object]
    dpi: int
    left_out: tuple[str, ...]


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
    """A laid-out figure as a file; `format` is in `PRINTED`. The figure is not changed."""
    printer, canvas, dpi = PRINTED[format], figure.canvas, figure.dpi
    metadata = dict.fromkeys(printer.left_out)
    buffer = io.BytesIO()
    try:
        figure.dpi = printer.dpi
        with _fonts_without(_LAYOUT):
            printer.print_to(printer.canvas(figure), buffer, metadata=metadata)
    finally:
        figure.dpi = dpi
        figure.set_canvas(canvas)
    return buffer.getvalue()


@contextmanager
def _fonts_without(tables: tuple[str, ...]) -> Iterator[None]:
    """Make fontTools drop these tables when Matplotlib subsets a font.

    Matplotlib has no option for that.
    """
    default: Any = getattr(Options, "_drop_tables_default", None)
    if default is None:  # another version of fontTools: the same figure, but slower
        yield
        return
    Options._drop_tables_default = [*default, *tables]
    try:
        yield
    finally:
        Options._drop_tables_default = default
