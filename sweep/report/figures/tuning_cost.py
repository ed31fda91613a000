"""What tuning costs: the best validation value to expect against the number of trials.

Of a random search, whose trials are exchangeable, the expected best of so many trials (Dodge et al.
2019, without bias after Tang et al. 2020). An adaptive or pruned search is not exchangeable: of it
the best so far is shown, over repeats where there are several, and the caption says so.
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

_FEWEST = 3  # configurations: a curve of fewer says nothing


@dataclass(frozen=True)
class _Curve:
    """A line of the figure.

    Attributes:
        name: of the search, or the arm that was tuned.
        trials, value: configurations tried → expected best, or best so far.
        low, high: 10 and 90 % of the best of so many; empty where nothing is exchangeable.
        expected: whether it is an expectation, not the best so far of one search.
        failed: configurations without a value.
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
    """A curve of the search, or one an arm that was retuned; None below three configurations."""
    curves = list(_curves(evidence.history))
    if not curves:
        return None
    own = evidence.history.spec.metric
    figure = canvas(2.2 + 0.06 * len(curves))
    axes = figure.subplots()
    handles = [_draw(axes, curve, index) for index, curve in enumerate(curves)]
    if len(curves) == 1:
        _shade(axes, curves[0])  # several would lie over one another
    count_axes([axes], "Configurations tried")
    axes.set_ylabel(f"{label(own.name, 26)} {arrow(evidence.history, own.name)}")
    legend(figure, handles, [label(curve.name, 24, 2) for curve in curves])
    title = f"Best {own.name} against the number of configurations tried"
    return Drawing(figure, title, _caption(curves))


def _draw(axes: Any, curve: _Curve, index: int) -> Any:
    style = line_style(index)
    steps = "default" if curve.expected else "steps-post"
    (line,) = axes.plot(curve.trials, curve.value, drawstyle=steps, **style)
    return line


def _shade(axes: Any, curve: _Curve) -> None:
    """How much luck there is in the best of so many."""
    if curve.low:
        colour = line_style(0)["color"]
        axes.fill_between(
            curve.trials, curve.low, curve.high, color=colour, alpha=0.15, linewidth=0
        )


def _curves(history: History) -> Iterator[_Curve]:
    """Of each arm that was retuned, arms that share their retuning once; else of the search."""
    rule = retune.rule(history.spec)
    if rule is None:
        is_population = population.section(history.spec) is not None
        if history.spec.search is not None and not is_population:
            search = history.cohort(search_stage.NAME)
            yield from _curve("search", history.spec, search)
        return
    seen: set[str] = set()
    for arm in history.arms:
        key = retune.group(history.spec, rule, arm.config)
        trials = history.cohort(retune.NAME, key)
        if key not in seen:
            seen.add(key)
            yield from _curve(arm.name, retune.space(history.spec, rule, arm), trials)


def _curve(name: str, spec: StudySpec, trials: Sequence[Trial]) -> Iterator[_Curve]:
    """The curve of one search, if it has tried enough configurations and has a value."""
    values = _values(spec, trials)
    found = [value for value in values if value is not None]
    if len(values) < _FEWEST or not found or spec.search is None:
        return
    goal = spec.metric.goal
    pruned = any(trial.state is State.PRUNED or trial.given_up for trial in trials)
    failed = len(values) - len(found)
    if spec.search.method == "random" and not pruned and not spec.search.enqueue:
        # a failed configuration cost a trial; it is worth no more than the worst that did not fail
        worst = min(found) if goal == "maximize" else max(found)
        best = expected_best(values, goal, failed_value=worst)
        yield _Curve(
            name, best.trials, best.expected, best.low, best.high, True, failed
        )
        return
    so_far = best_so_far([values], goal)
    yield _Curve(name, so_far.trials, so_far.mean, (), (), False, failed)


def _values(spec: StudySpec, trials: Sequence[Trial]) -> list[float | None]:
    """What each configuration reached, in the order they were tried, None without a result."""
    if spec.search is None:
        return []
    values: list[float | None] = []
    for suggestion in search_stage.suggestions_of(spec, trials):
        observed = observing.observe(spec, suggestion)
        if observed.state.finished:
            values.append(observed.value)
    return values


def _caption(curves: Sequence[_Curve]) -> str:
    parts = []
    if any(curve.expected for curve in curves):
        parts.append(
            "Expected best validation value of so many configurations of a random search, without "
            "bias (Dodge et al. 2019, Tang et al. 2020)"
        )
        if len(curves) == 1:
            parts.append(
                "Shaded: 10 to 90 % of the best of so many of these, which is luck and not the "
                "error of the curve"
            )
    if any(not curve.expected for curve in curves):
        parts.append(
            "Steps: best so far of one search each, since a search that learns, is pruned or was "
            "given a start is not exchangeable; another run of it would give another curve"
        )
    failed = sum(curve.failed for curve in curves)
    if failed:
        parts.append(
            f"{failed} configurations without a result count as tried (in an expectation: as the "
            "worst value that was found)"
        )
    parts.append("The values chose the configurations: they are optimistic")
    return ". ".join(parts) + "."
