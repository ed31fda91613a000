"""How figures look.

Sized for one column of a two-column paper, no text under 7 pt. Colours are Okabe & Ito's ("Color
Universal Design", 2008), which readers with any colour vision tell apart; no figure says anything
by colour alone.
"""

from __future__ import annotations

import functools
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import matplotlib as mpl
import matplotlib.style
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from sweep.errors import named
from sweep.report.evidence import Evidence
from sweep.report.figures import names
from sweep.report.figures.rendering import PRINTED, encoded

COLUMN, PAGE = 3.3, 6.9  # widths of one column and of both, inches
MOST_PANELS = 24  # in one figure; more are no picture that anybody can look at
MOST_VECTORS = 2000  # marks of a kind in a PDF or SVG

BLUE, VERMILLION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY, BLACK = "#E69F00", "#56B4E9", "#000000"
PALETTE = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK)
GREY, LIGHT, PALE = "#666666", "#CCCCCC", "#EEEEEE"
_DASHES = ("-", "--", ":", "-.")

# Every bundled font lacks some script; of these, the ones on this machine stand in for DejaVu's
# missing characters.
_FALLBACKS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Source Han Sans SC",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "PingFang SC",
    "Hiragino Sans",
    "Microsoft YaHei",
    "Yu Gothic",
    "Malgun Gothic",
    "Noto Sans",
    "Noto Emoji",
)

_STYLE: dict[str, Any] = {
    "font.size": 7,
    "axes.titlesize": 7,
    "axes.labelsize": 7,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.formatter.useoffset": False,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "lines.linewidth": 1.0,
    "hatch.linewidth": 0.5,
    "text.parse_math": False,  # a `$` in an arm's name is a dollar, not mathematics
    "pdf.fonttype": 42,  # TrueType, which publishers ask for
    "svg.hashsalt": "sweep",
}
FORMATS = tuple(PRINTED)


@dataclass(frozen=True)
class Drawing:
    """A figure with what must be read beside it.

    Attributes:
        figure: drawn and laid out; it belongs to no window and no pyplot state.
        title: what it shows, without a full stop.
        caption: what is drawn, over which runs, and what was left out and why.
    """

    figure: Figure
    title: str
    caption: str

    def file(self, format: str) -> bytes:  # noqa: A002 - savefig's own word
        """The figure as a file, rendered once: the report's page and its folder show the same PNG.

        Raises:
            UnknownName: see `rendered`.
        """
        if format not in self._files:
            self._files[format] = rendered(self.figure, format)
        return self._files[format]

    @functools.cached_property
    def _files(self) -> dict[str, bytes]:
        return {}


Draw = Callable[[Evidence], Drawing | None]


def styled(draw: Draw) -> Draw:
    """Draw in the project's style, whatever the user's own is, and lay out once: ticks
    keep the style they got.
    """

    @functools.wraps(draw)
    def drawn(evidence: Evidence) -> Drawing | None:
        with _applied():
            drawing = draw(evidence)
            if drawing is not None:
                title, caption = names.rename(
                    drawing.figure, drawing.title, drawing.caption, evidence, label
                )
                drawing = replace(drawing, title=title, caption=caption)
                drawing.figure.draw_without_rendering()
                drawing.figure.set_layout_engine(
                    "none"
                )  # laid out once: every format shows the same
                _rasterise(drawing.figure)
        return drawing

    return drawn


def _rasterise(figure: Figure) -> None:
    """Marks too many to be told apart go into a PDF as an image: else it is large, and
    slow to show.
    """
    for axes in figure.axes:
        for artist in axes.get_children():
            marks = (
                np.size(artist.get_ydata())
                if isinstance(artist, Line2D) and artist.get_marker() != "None"
                else 0
            )
            paths = len(artist.get_paths()) if isinstance(artist, LineCollection) else 0
            if max(marks, paths) > MOST_VECTORS:
                artist.set_rasterized(True)


def rendered(figure: Figure, format: str) -> bytes:  # noqa: A002 - savefig's own word
    """A figure as a file, without dates and versions in it.

    Raises:
        UnknownName: a format other than `FORMATS`.
    """
    named(PRINTED, format, "figure format")
    with _applied():
        return encoded(figure, format)


@contextmanager
def _applied() -> Iterator[None]:
    with (
        warnings.catch_warnings(),
        mpl.style.context(["default", {**_STYLE, "font.family": list(_families())}]),
    ):
        # A character that no font here has is drawn as a box; the caption has it in full.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from font")
        warnings.filterwarnings(
            "ignore", message=r"Matplotlib currently does not support .* natively"
        )
        yield


@functools.cache
def _families() -> tuple[str, ...]:
    present = {font.name for font in font_manager.fontManager.ttflist}
    return ("DejaVu Sans", *(name for name in _FALLBACKS if name in present))


# --------------------------------------------------------------------------- pieces


def canvas(height: float, width: float = COLUMN) -> Figure:
    """An empty figure, inches."""
    return Figure(figsize=(width, height), layout="constrained")


def panels(
    count: int,
    *,
    columns: int = 2,
    height: float = 1.25,
    extra: float = 0.5,
    **shared: Any,
) -> Any:
    """A figure with `count` panels in rows of `columns`; a lone panel gets the whole width.

    Args:
        count: how many panels.
        columns: a row.
        height: of a row, inches.
        extra: room beside the panels (legend, labels), inches.
        shared: `sharex`, `sharey` as for `Figure.subplots`.

    Returns:
        The figure, and its axes in reading order, those of an incomplete last row removed.
    """
    columns = min(columns, count)
    rows = -(-count // columns)
    figure = canvas(extra + rows * (1.5 * height if count == 1 else height))
    grid = figure.subplots(rows, columns, squeeze=False, **shared)
    axes = list(grid.flat)
    for left_over in axes[count:]:
        left_over.remove()
    for above in axes[max(0, count - columns) : count]:
        above.xaxis.set_tick_params(
            labelbottom=True
        )  # the panel below it may be the one that was removed
    return figure, axes[:count]


def value_axis(axes: Axes) -> None:
    """Few and round numbers on the x axis: long decimals would run into one another in
    one column.
    """
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 5, 10]))


def value_label(figure: Figure, axes: Sequence[Axes], text: str) -> None:
    """What the y axes of all panels show."""
    if len(axes) == 1:
        axes[0].set_ylabel(text)
    else:
        figure.supylabel(text, fontsize=7)


def count_axes(axes: Sequence[Any], text: str, columns: int = 2) -> None:
    """Whole numbers on the x axes of panels from `panels`, and what they count under
    the last of each column.
    """
    for index, one in enumerate(axes):
        one.xaxis.set_major_locator(
            MaxNLocator(nbins="auto", integer=True, steps=[1, 2, 5, 10])
        )
        if index + columns >= len(axes):
            one.set_xlabel(text)


def line_style(index: int) -> dict[str, str]:
    """Colour and dashes of the index-th line: 28 that differ, then again from the start."""
    return {
        "color": PALETTE[index % len(PALETTE)],
        "linestyle": _DASHES[index // len(PALETTE) % len(_DASHES)],
    }


def points(number: int) -> dict[str, float]:
    """Size and opacity of so many marks: where thousands lie over each other, they show
    how densely.
    """
    return (
        {"markersize": 3, "alpha": 0.7}
        if number <= MOST_VECTORS
        else {"markersize": 1.2, "alpha": 0.2}
    )


def label(text: object, width: int = 22, lines: int = 3) -> str:
    """Any text as a label: printable, wrapped at its own word boundaries, its middle
    left out beyond `lines` lines.
    """
    plain = "".join(
        c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}"
        for c in str(text)
    )
    plain = " ".join(plain.split()) or "\N{OPEN BOX}"
    if len(plain) > width * lines - lines:  # words do not fill their lines to the end
        keep = width * lines - lines - 1
        plain = plain[: keep - keep // 3] + "…" + plain[-(keep // 3) :]
    if plain.startswith("_"):
        plain = (
            "\N{ZERO WIDTH SPACE}" + plain
        )  # older Matplotlib leaves names like this out of legends
    wrapped = [""]
    for piece in re.split(r"(?<=[\s\-/,=×])|(?<=[_.])(?=[^\W\d_])", plain):
        piece = _shortened(piece, width)
        if len(wrapped[-1]) + len(piece.rstrip()) > width:
            wrapped.append("")
        wrapped[-1] += piece
    return "\n".join(line.rstrip() for line in wrapped if line.strip())


def _shortened(word: str, width: int) -> str:
    """A word that no line is long enough for, its middle left out."""
    if len(word.rstrip()) <= width:
        return word
    end = width // 3
    return f"{word[: width - end - 1]}…{word.rstrip()[-end:] if end else ''}"


def better_colours(goal: str) -> str:
    """The colour map on which what is better is darker and bluer, in every figure."""
    return "cividis_r" if goal == "maximize" else "cividis"


def counted(name: object, n: int, width: int = 25) -> str:
    """A label with the number of runs behind it, which stays in one piece."""
    wrapped, count = label(name, width), f"(n = {n})"
    room = width - len(wrapped.rpartition("\n")[2])
    return f"{wrapped} {count}" if len(count) < room else f"{wrapped}\n{count}"


def legend(figure: Figure, handles: Sequence[Any], labels: Sequence[str]) -> None:
    """A legend under the figure, in as many columns as its labels leave room for; the
    figure grows by its height.
    """
    longest = max(
        (len(line) for text in labels for line in text.split("\n")), default=0
    )
    fitting = max(1, int(figure.get_figwidth() / COLUMN * 62) // (longest + 7))
    columns = min(fitting, len(labels))
    lines = -(-len(labels) // columns) * max(text.count("\n") + 1 for text in labels)
    figure.set_figheight(
        figure.get_figheight() + 0.125 * (lines - 1)
    )  # one line is in every figure's height
    figure.legend(
        handles,
        labels,
        loc="outside lower center",
        ncols=columns,
        handlelength=1.8,
        columnspacing=1.2,
    )


def log_axis(axes: Axes, which: str, low: float, high: float) -> None:
    """A logarithmic axis labelled 0.001, 0.01; under two decades also at 2 and 5. `low`
    and `high` are its data's.
    """
    axis = axes.xaxis if which == "x" else axes.yaxis
    (axes.set_xscale if which == "x" else axes.set_yscale)("log")
    axis.set_major_locator(
        LogLocator(subs=(1.0, 2.0, 5.0) if high < 100 * low else (1.0,), numticks=4)
    )
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())
