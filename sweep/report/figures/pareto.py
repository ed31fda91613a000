"""Pareto front: the configurations of a multi-objective search that no other dominates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
    """The first objective against each of the others.

    None without several objectives, or without a complete configuration.
    """
    compared, measured = objectives(evidence), candidates(evidence)
    if not measured:
        return None
    first, *others = compared
    figure, all_axes = panels(len(others), extra=0.6)
    numbered = enumerate(others, start=1)
    for axes, (index, other) in zip(all_axes, numbered, strict=True):
        _draw(axes, measured, index, compared)
        axes.set_xlabel(f"{label(other.name, 26)} {arrow(other)}")
        axes.set_ylabel(f"{label(first.name, 26)} {arrow(first)}")
        axes.set_xlim(_window(measured, index))
        axes.set_ylim(_window(measured, 0))
        value_axis(axes)
    handles, labels = all_axes[0].get_legend_handles_labels()
    legend(figure, handles, labels)
    title = f"Pareto front: {' against '.join(o.name for o in compared)}"
    return Drawing(figure, title, _caption(evidence, measured))


def _draw(
    axes: Axes, measured: Sequence[Candidate], index: int, compared: Sequence[Objective]
) -> None:
    """Draw the candidates in two objectives: the one with this index, and the first."""
    front = [candidate for candidate in measured if candidate.best]
    dominated = [candidate for candidate in measured if not candidate.best]
    if dominated:
        hollow: dict[str, Any] = {"color": GREY, "markerfacecolor": "none"}
        x, y = _points(dominated, index)
        axes.plot(x, y, "o", markersize=3, label="dominated", **hollow)
    x, y = _points(front, index)
    if len(compared) == 2:  # the projection of a front of more objectives is not a line
        order = np.argsort(x, kind="stable")
        outward = "steps-post" if compared[index].goal == "minimize" else "steps-pre"
        line: dict[str, Any] = {"color": BLUE, "linewidth": 0.8, "zorder": 1}
        axes.plot(x[order], y[order], drawstyle=outward, label="_front", **line)
    axes.errorbar(
        x,
        y,
        xerr=_spreads(front, index),
        yerr=_spreads(front, 0),
        fmt="o",
        color=BLUE,
        markersize=4,
        elinewidth=0.6,
        label="on the front",
    )


def _spreads(chosen: Sequence[Candidate], index: int) -> np.ndarray:
    """Standard deviations of objective `index`; 0 for a single run."""
    deviations = [candidate.estimates[index].sd for candidate in chosen]
    return np.asarray(np.nan_to_num(deviations))


def _window(measured: Sequence[Candidate], index: int) -> tuple[float, float]:
    """Limits of the axis of objective `index`.

    They include the front with its spread, and extend it on each side by at most three times its
    length, as a single configuration that failed to learn would otherwise compress the front. If
    the front is a single point, nothing is cut off.
    """
    means = [candidate.estimates[index].mean for candidate in measured]
    lowest, highest = min(means), max(means)
    front = [candidate.estimates[index] for candidate in measured if candidate.best]
    low = min(estimate.mean for estimate in front)
    high = max(estimate.mean for estimate in front)
    deviations = [estimate.sd for estimate in front if np.isfinite(estimate.sd)]
    spread = max(deviations, default=0.0)
    reach = 3 * (high - low) or highest - lowest
    left = min(max(lowest, low - reach), low - spread)
    right = max(min(highest, high + reach), high + spread)
    margin = 0.06 * (right - left) or 0.5
    return left - margin, right + margin


def _hidden(measured: Sequence[Candidate]) -> int:
    """The number of candidates outside the axes of some panel."""
    indices = range(len(measured[0].estimates))
    windows = [_window(measured, index) for index in indices]
    return sum(not _is_inside(candidate, windows) for candidate in measured)


def _is_inside(candidate: Candidate, windows: Sequence[tuple[float, float]]) -> bool:
    """Whether a candidate's mean of every objective is within the limits of its axis."""
    for estimate, (low, high) in zip(candidate.estimates, windows, strict=True):
        if not low <= estimate.mean <= high:
            return False
    return True


def _points(chosen: Sequence[Candidate], index: int) -> tuple[np.ndarray, np.ndarray]:
    """Means of objective `index` and of the first objective."""
    x = [candidate.estimates[index].mean for candidate in chosen]
    y = [candidate.estimates[0].mean for candidate in chosen]
    return np.array(x), np.array(y)


def _caption(evidence: Evidence, measured: Sequence[Candidate]) -> str:
    """The caption: how many configurations there are, and what points and bars show."""
    spec = evidence.history.spec
    runs = 1 if spec.search is None else len(spec.search.pairs)
    states = counts(configuration.state for configuration in evidence.searched)
    front = sum(candidate.best for candidate in measured)
    text = (
        f"{states} configurations; of {len(measured)} with every objective, {front} are"
        " not dominated by another."
    )
    hidden = _hidden(measured)
    if hidden:
        text += f" {hidden} dominated ones lie outside the axes."
    if runs > 1:
        text += (
            f" A point is the mean over {runs} runs; bars on the front are one standard"
            " deviation."
        )
    if len(measured[0].estimates) > 2:
        text += " Each panel shows the same front, in two of its objectives."
    return (
        f"{text} Each run is read at its {spec.read_at}. Selection bias: the best of many"
        " look better than they are."
    )
