"""The style of figures.

Figures fit one column of a two-column paper; no text is smaller than 7 pt. The colours are those of
Okabe & Ito ("Color Universal Design", 2008), which readers with any colour vision can distinguish.
No figure conveys anything by colour alone.
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
MOST_PANELS = 24  # of one figure; more are too many to compare
MOST_VECTORS = 2000  # marks of one kind that a PDF or SVG has as vectors

BLUE, VERMILLION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY, BLACK = "#E69F00", "#56B4E9", "#000000"
PALETTE = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK)
GREY, LIGHT, PALE = "#666666", "#CCCCCC", "#EEEEEE"
_DASHES = ("-", "--", ":", "-.")

# Fonts for characters that DejaVu lacks; those installed on this machine are used.
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
    "text.parse_math": False,  # a `$` in an arm's name is a dollar sign, not mathematics
    "pdf.fonttype": 42,  # TrueType, which publishers require
    "svg.hashsalt": "sweep",
}
FORMATS = tuple(PRINTED)


@dataclass(frozen=True)
class Drawing:
    """A figure with its title and caption.

    Attributes:
        figure: drawn and laid out, without a window and outside pyplot's state.
        title: what it shows, without a full stop.
        caption: what is drawn, over which runs, and what was left out and why.
    """

    figure: Figure
    title: str
    caption: str

    def file(self, format: str) -> bytes:  # noqa: A002 - savefig's own word
        """The figure as a file; each format is rendered once and then cached.

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
    """Draw in the project's style instead of the user's, and lay out the figure once.

    Display names replace those of the log. The fixed layout is the same in every format.
    """

    @functools.wraps(draw)
    def drawn(evidence: Evidence) -> Drawing | None:
        with _applied():
            drawing = draw(evidence)
            if drawing is None:
                return None
            figure = drawing.figure
            title, caption = names.rename(
                figure, drawing.title, drawing.caption, evidence, label
            )
            figure.draw_without_rendering()
            figure.set_layout_engine("none")
            _rasterise(figure)
            return replace(drawing, title=title, caption=caption)

    return drawn


def _rasterise(figure: Figure) -> None:
    """Store very many marks in a PDF as an image, which is smaller and faster to show."""
    for axes in figure.axes:
        for artist in axes.get_children():
            marks = 0
            if isinstance(artist, Line2D) and artist.get_marker() != "None":
                marks = np.size(artist.get_ydata())
            elif isinstance(artist, LineCollection):
                marks = len(artist.get_paths())
            if marks > MOST_VECTORS:
                artist.set_rasterized(True)


def rendered(figure: Figure, format: str) -> bytes:  # noqa: A002 - savefig's own word
    """A figure as a file, without dates and versions in its metadata.

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
        # A character that no installed font has is drawn as a box; the caption has it.
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
    """An empty figure; sizes in inches."""
    return Figure(figsize=(width, height), layout="constrained")


def panels(
    count: int,
    *,
    columns: int = 2,
    height: float = 1.25,
    extra: float = 0.5,
    **shared: Any,
) -> Any:
    """A figure with `count` panels in rows of `columns`; a single panel has the whole width.

    Args:
        count: number of panels.
        columns: panels per row.
        height: of a row, inches.
        extra: space for legend and labels, inches.
        shared: `sharex`, `sharey` as for `Figure.subplots`.

    Returns:
        The figure, and its axes in reading order, without unused ones of the last row.
    """
    columns = min(columns, count)
    rows = -(-count // columns)
    figure = canvas(extra + rows * (1.5 * height if count == 1 else height))
    grid = figure.subplots(rows, columns, squeeze=False, **shared)
    axes = list(grid.flat)
    for unused in axes[count:]:
        unused.remove()
    for lowest in axes[max(0, count - columns) : count]:
        lowest.xaxis.set_tick_params(labelbottom=True)  # not only those of the last row
    return figure, axes[:count]


def value_axis(axes: Axes) -> None:
    """A few round numbers on the x axis, as long decimals would overlap in one column."""
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 5, 10]))


def value_label(figure: Figure, axes: Sequence[Axes], text: str) -> None:
    """Label the y axes of all panels."""
    if len(axes) == 1:
        axes[0].set_ylabel(text)
    else:
        figure.supylabel(text, fontsize=7)


def count_axes(axes: Sequence[Any], text: str, columns: int = 2) -> None:
    """Whole numbers on the x axes of panels, with a label below the last of each column."""
    for index, panel in enumerate(axes):
        panel.xaxis.set_major_locator(
            MaxNLocator(nbins="auto", integer=True, steps=[1, 2, 5, 10])
        )
        if index + columns >= len(axes):
            panel.set_xlabel(text)


def line_style(index: int) -> dict[str, str]:
    """Colour and dashes of the index-th line: 28 different ones, then repeated."""
    return {
        "color": PALETTE[index % len(PALETTE)],
        "linestyle": _DASHES[index // len(PALETTE) % len(_DASHES)],
    }


def points(number: int) -> dict[str, float]:
    """Size and opacity of `number` marks; thousands of small pale ones show a density."""
    if number <= MOST_VECTORS:
        return {"markersize": 3, "alpha": 0.7}
    return {"markersize": 1.2, "alpha": 0.2}


def label(text: object, width: int = 22, lines: int = 3) -> str:
    """Any text as a label: printable, and wrapped at its word boundaries.

    The middle of a text of more than `lines` lines is left out.
    """
    plain = "".join(map(_printable, str(text)))
    plain = " ".join(plain.split()) or "\N{OPEN BOX}"
    if len(plain) > width * lines - lines:  # as words do not fill their lines
        keep = width * lines - lines - 1
        plain = plain[: keep - keep // 3] + "…" + plain[-(keep // 3) :]
    if plain.startswith("_"):  # older Matplotlib leaves such names out of legends
        plain = "\N{ZERO WIDTH SPACE}" + plain
    wrapped = [""]
    for piece in re.split(r"(?<=[\s\-/,=×])|(?<=[_.])(?=[^\W\d_])", plain):
        piece = _shortened(piece, width)
        if len(wrapped[-1]) + len(piece.rstrip()) > width:
            wrapped.append("")
        wrapped[-1] += piece
    return "\n".join(line.rstrip() for line in wrapped if line.strip())


def _printable(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character.isspace() else "\N{REPLACEMENT CHARACTER}"


def _shortened(word: str, width: int) -> str:
    """A word without its middle, if it is longer than a line."""
    if len(word.rstrip()) <= width:
        return word
    end = width // 3
    return f"{word[: width - end - 1]}…{word.rstrip()[-end:] if end else ''}"


def better_colours(goal: str) -> str:
    """The colour map of every figure, on which better values are darker and bluer."""
    return "cividis_r" if goal == "maximize" else "cividis"


def counted(name: object, n: int, width: int = 25) -> str:
    """A label followed by its number of runs, which is never broken."""
    wrapped, count = label(name, width), f"(n = {n})"
    room = width - len(wrapped.rpartition("\n")[2])
    return f"{wrapped} {count}" if len(count) < room else f"{wrapped}\n{count}"


def legend(figure: Figure, handles: Sequence[Any], labels: Sequence[str]) -> None:
    """A legend below the figure, which becomes higher by the legend's height.

    The legend has as many columns as fit.
    """
    longest = max(map(len, "\n".join(labels).split("\n")), default=0)
    fitting = max(1, int(figure.get_figwidth() / COLUMN * 62) // (longest + 7))
    columns = min(fitting, len(labels))
    rows = -(-len(labels) // columns)
    lines = rows * max(text.count("\n") + 1 for text in labels)
    # every figure has space for one line already
    figure.set_figheight(figure.get_figheight() + 0.125 * (lines - 1))
    figure.legend(
        handles,
        labels,
        loc="outside lower center",
        ncols=columns,
        handlelength=1.8,
        columnspacing=1.2,
    )


def log_axis(axes: Axes, which: str, low: float, high: float) -> None:
    """A logarithmic axis labelled 0.001, 0.01, …; below two decades also at 2 and 5.

    Args:
        axes: the panel.
        which: `x` or `y`.
        low, high: range of the data.
    """
    if which == "x":
        axes.set_xscale("log")
        axis: Any = axes.xaxis
    else:
        axes.set_yscale("log")
        axis = axes.yaxis
    subs = (1.0, 2.0, 5.0) if high < 100 * low else (1.0,)
    axis.set_major_locator(LogLocator(subs=subs, numticks=4))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())
