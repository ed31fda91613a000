"""Pareto front: what the search found for several objectives at once, and which
compromises no other one outdoes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from sweep.report.evidence import Evidence
from sweep.report.figures.style import (
    BLUE,
    GREY,
    Drawing,
    label,
    legend,
    panels,
    styled,
    value_axis,
)
from sweep.report.figures.values import counts
from sweep.report.pareto import Candidate, arrow, candidates, objectives
from sweep.samplers import Objective


@styled
def pareto(evidence: Evidence) -> Drawing | None:
    """The first objective against each of the others; None without several objectives
    and a complete configuration.
    """
    wanted, found = objectives(evidence), candidates(evidence)
    if not found:
        return None
    first, *others = wanted
    figure, all_axes = panels(len(others), extra=0.6)
    for axes, (place, other) in zip(all_axes, enumerate(others, start=1), strict=True):
        _draw(axes, found, place, wanted)
        axes.set_xlabel(f"{label(other.name, 26)} {arrow(other)}")
        axes.set_ylabel(f"{label(first.name, 26)} {arrow(first)}")
        axes.set_xlim(_window(found, place))
        axes.set_ylim(_window(found, 0))
        value_axis(axes)
    handles, labels = all_axes[0].get_legend_handles_labels()
    legend(figure, handles, labels)
    title = f"Pareto front: {' against '.join(o.name for o in wanted)}"
    return Drawing(figure, title, _caption(evidence, found))


def _draw(
    axes: Axes, found: Sequence[Candidate], place: int, wanted: Sequence[Objective]
) -> None:
    best, rest = ([c for c in found if c.best is chosen] for chosen in (True, False))
    if rest:
        axes.plot(
            *_points(rest, place),
            "o",
            color=GREY,
            markersize=3,
            markerfacecolor="none",
            label="outdone",
        )
    x, y = _points(best, place)
    if (
        len(wanted) == 2
    ):  # of more objectives a plane shows a shadow, in which the front is no line
        order = np.argsort(x, kind="stable")
        outward = "steps-post" if wanted[place].goal == "minimize" else "steps-pre"
        axes.plot(
            x[order],
            y[order],
            drawstyle=outward,
            color=BLUE,
            linewidth=0.8,
            zorder=1,
            label="_front",
        )
    spread = [[c.estimates[at].sd for c in best] for at in (place, 0)]
    axes.errorbar(
        x,
        y,
        xerr=np.nan_to_num(spread[0]),
        yerr=np.nan_to_num(spread[1]),
        fmt="o",
        color=BLUE,
        markersize=4,
        elinewidth=0.6,
        label="on the front",
    )


def _window(found: Sequence[Candidate], place: int) -> tuple[float, float]:
    """Limits of the axis of objective `place`: the front, its spread, and on each side three times
    its extent.

    One configuration that failed to learn would otherwise press the front into a corner. Of a front
    that is a point nothing is cut off.
    """
    every = [c.estimates[place].mean for c in found]
    front = [c.estimates[place] for c in found if c.best]
    low, high = min(e.mean for e in front), max(e.mean for e in front)
    spread = max((e.sd for e in front if np.isfinite(e.sd)), default=0.0)
    reach = 3 * (high - low) or max(every) - min(every)
    left, right = max(min(every), low - reach), min(max(every), high + reach)
    left, right = min(left, low - spread), max(right, high + spread)
    margin = 0.06 * (right - left) or 0.5
    return left - margin, right + margin


def _hidden(found: Sequence[Candidate]) -> int:
    """Candidates that lie beyond the axes of some panel."""
    windows = [_window(found, place) for place in range(len(found[0].estimates))]
    inside = [
        all(
            low <= e.mean <= high
            for e, (low, high) in zip(c.estimates, windows, strict=True)
        )
        for c in found
    ]
    return inside.count(False)


def _points(chosen: Sequence[Candidate], place: int) -> tuple[np.ndarray, np.ndarray]:
    """Means of objective `place` and of the first."""
    return np.array([c.estimates[place].mean for c in chosen]), np.array(
        [c.estimates[0].mean for c in chosen]
    )


def _caption(evidence: Evidence, found: Sequence[Candidate]) -> str:
    spec = evidence.history.spec
    runs = 1 if spec.search is None else len(spec.search.pairs)
    text = (
        f"{counts(seen.state for seen in evidence.searched)} configurations;"
        f" {sum(c.best for c in found)} of "
    )
    text += f"{len(found)} with every objective are outdone by none."
    if hidden := _hidden(found):
        text += f" {hidden} outdone ones lie beyond the axes."
    if runs > 1:
        text += (
            f" A point is the mean over {runs} runs; bars on the front are one standard"
            " deviation."
        )
    if len(found[0].estimates) > 2:
        text += " Each panel is a view of one front in all objectives."
    read = f"Each run is read at its {spec.read_at}."
    return f"{text} {read} The best of many are better by luck than they are."
