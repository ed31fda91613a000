"""The cost of tuning: the best validation value against the number of trials.

The trials of a random search are exchangeable, so the figure shows the expected best of n trials
(Dodge et al. 2019; the unbiased estimator of Tang et al. 2020). The trials of an adaptive or pruned
search are not exchangeable, so the figure shows the best so far, and the caption says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sweep.ablation import retune
from sweep.history.history import History
from sweep.model.trial import State, Trial
from sweep.report.evidence import Evidence, arrow
from sweep.report.figures.style import (
    Drawing,
    canvas,
    count_axes,
    label,
    legend,
    line_style,
    styled,
)
from sweep.search import observing, population, search_stage
from sweep.spec import StudySpec
from sweep.statistics.tuning_cost import best_so_far, expected_best

_FEWEST = 3  # configurations; a curve of fewer is not informative


@dataclass(frozen=True)
class _Curve:
    """A line of the figure.

    Attributes:
        name: `search`, or the arm that was tuned.
        trials, value: number of configurations tried → expected best, or best so far.
        low, high: 10 % and 90 % quantiles of the best; empty if trials are not exchangeable.
        expected: whether it is an expectation, not the best so far of one search.
        failed: number of configurations without a value.
    """

    name: str
    trials: tuple[int, ...]
    value: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    expected: bool
    failed: int


@styled
def tuning_cost(evidence: Evidence) -> Drawing | None:
    """A curve of the search, or one per retuned arm; None below three configurations."""
    curves = list(_curves(evidence.history))
    if not curves:
        return None
    metric = evidence.history.spec.metric.name
    figure = canvas(2.2 + 0.06 * len(curves))
    axes = figure.subplots()
    handles = [_draw(axes, curve, index) for index, curve in enumerate(curves)]
    if len(curves) == 1:
        _shade(axes, curves[0])  # the bands of several curves would overlap
    count_axes([axes], "Configurations tried")
    axes.set_ylabel(f"{label(metric, 26)} {arrow(evidence.history, metric)}")
    legend(figure, handles, [label(curve.name, 24, 2) for curve in curves])
    title = f"Best {metric} against the number of configurations tried"
    return Drawing(figure, title, _caption(curves))


def _draw(axes: Any, curve: _Curve, index: int) -> Any:
    """Draw one curve, and return its line for a legend."""
    style = line_style(index)
    steps = "default" if curve.expected else "steps-post"
    (line,) = axes.plot(curve.trials, curve.value, drawstyle=steps, **style)
    return line


def _shade(axes: Any, curve: _Curve) -> None:
    """Shade the range that the best of n configurations varies in by luck."""
    if curve.low:
        colour = line_style(0)["color"]
        axes.fill_between(
            curve.trials, curve.low, curve.high, color=colour, alpha=0.15, linewidth=0
        )


def _curves(history: History) -> Iterator[_Curve]:
    """A curve of each retuning (shared by several arms or not), else of the search."""
    rule = retune.rule(history.spec)
    if rule is None:
        is_population = population.section(history.spec) is not None
        if history.spec.search is not None and not is_population:
            search = history.cohort(search_stage.NAME)
            yield from _curve("search", history.spec, search)
        return
    shown: set[str] = set()
    for arm in history.arms:
        key = retune.group(history.spec, rule, arm.config)
        trials = history.cohort(retune.NAME, key)
        if key not in shown:
            shown.add(key)
            yield from _curve(arm.name, retune.space(history.spec, rule, arm), trials)


def _curve(name: str, spec: StudySpec, trials: Sequence[Trial]) -> Iterator[_Curve]:
    """The curve of one search, if it has tried enough configurations and has a value."""
    values = _values(spec, trials)
    present = [value for value in values if value is not None]
    if len(values) < _FEWEST or not present or spec.search is None:
        return
    goal = spec.metric.goal
    failed = len(values) - len(present)
    pruned = any(trial.state is State.PRUNED or trial.given_up for trial in trials)
    if spec.search.method == "random" and not pruned and not spec.search.enqueue:
        # a failed configuration cost a trial, and counts as the worst value found
        worst = min(present) if goal == "maximize" else max(present)
        best = expected_best(values, goal, failed_value=worst)
        trials_tried, low, high = best.trials, best.low, best.high
        yield _Curve(name, trials_tried, best.expected, low, high, True, failed)
    else:
        running_best = best_so_far([values], goal)
        trials_tried = running_best.trials
        yield _Curve(name, trials_tried, running_best.mean, (), (), False, failed)


def _values(spec: StudySpec, trials: Sequence[Trial]) -> list[float | None]:
    """The value of each configuration, in the order they were tried; None without a result."""
    if spec.search is None:
        return []
    values: list[float | None] = []
    for suggestion in search_stage.suggestions_of(spec, trials):
        observed = observing.observe(spec, suggestion)
        if observed.state.finished:
            values.append(observed.value)
    return values


def _caption(curves: Sequence[_Curve]) -> str:
    """The caption: which curves are expectations, and what is shaded."""
    parts = []
    if any(curve.expected for curve in curves):
        parts.append(
            "Expected best validation value of n configurations of a random search, without bias "
            "(Dodge et al. 2019, Tang et al. 2020)"
        )
        if len(curves) == 1:
            parts.append(
                "Shaded: 10 to 90 % quantiles of the best of n of these configurations, which vary "
                "by luck; not the error of the curve"
            )
    if any(not curve.expected for curve in curves):
        parts.append(
            "Steps: best so far of one search each. The trials of an adaptive, pruned or enqueued "
            "search are not exchangeable; repeating it would give another curve"
        )
    failed = sum(curve.failed for curve in curves)
    if failed:
        parts.append(
            f"{failed} configurations without a result count as tried (in an expectation: with the "
            "worst value found)"
        )
    parts.append(
        "Selection bias: the values selected the configurations, and are optimistic"
    )
    return ". ".join(parts) + "."
