"""Where a metric's variance comes from, and how many splits and seeds make the best of a budget.

Bouthillier et al. (2021), "Accounting for variance in machine learning benchmarks".
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from sweep.ablation import variance_stage
from sweep.errors import UsageError
from sweep.model.trial import State, Trial
from sweep.report import numbers
from sweep.report.evidence import Evidence
from sweep.report.searched import read
from sweep.report.table import Cell, Column, Note, Table, Value
from sweep.statistics.seed_allocation import (
    Allocation,
    allocations,
    standard_error_of_mean,
)
from sweep.statistics.variance_components import Component, variance_components

_FEW = 10  # degrees of freedom: below, an interval spans an order of magnitude
_MOST_SHOWN = 5  # allocations


def variance_tables(evidence: Evidence) -> list[Table]:
    """Components of the first metric's variance, and allocations; none without such runs."""
    spec, metric = evidence.history.spec, evidence.metrics[0]
    rule = None if spec.ablation is None else spec.ablation.variance
    ran = evidence.history.stage(variance_stage.NAME)
    if rule is None or not ran:
        return []
    runs = [
        (t, read(evidence.history, t, metric)) for t in ran if t.state is State.COMPLETE
    ]
    runs = [(trial, value) for trial, value in runs if math.isfinite(value)]
    notes = [
        Note(
            "",
            f"{len(runs)} of {rule.levels**2} runs of the baseline, its seeds drawn apart",
        )
    ]
    components: tuple[Component, ...] = ()
    try:
        components = _components(runs, rule.sources, evidence.confidence)
    except UsageError as error:
        notes.append(Note("", f"No analysis: {error}"))
    notes += _notes(components)
    trials = tuple(trial.number for trial, _ in runs)
    rows = tuple(_row(component, trials) for component in components)
    title = f"Where the variance of {metric} comes from"
    found = [Table("variance", title, _columns(evidence), rows, tuple(notes))]
    if components and "split" in rule.sources:
        found.append(_allocation_table(evidence, components, trials))
    return found


def _components(
    runs: Sequence[tuple[Trial, float]], sources: Sequence[str], confidence: float
) -> tuple[Component, ...]:
    levels = {s: [trial.attributes["seeds"][s] for trial, _ in runs] for s in sources}
    return variance_components([value for _, value in runs], levels, confidence)


def _columns(evidence: Evidence) -> tuple[Column, ...]:
    return (
        Column("source", "Source", "left"),
        Column("sd", f"Standard deviation [{evidence.confidence:.0%} CI]"),
        Column("share", "Share of the variance"),
        Column("levels", "Draws"),
        Column("df", "Degrees of freedom"),
    )


def _row(component: Component, trials: tuple[int, ...]) -> tuple[Cell, ...]:
    sd, low, high = (
        math.sqrt(v) for v in (component.variance, component.low, component.high)
    )
    half = (high - low) / 2
    places = numbers.decimals(half) if half > 0 else 4
    text = " ".join(
        (
            numbers.plain(sd, places),
            f"[{numbers.plain(low, places)}, {numbers.plain(high, places)}]",
        )
    )
    values: dict[str, Value] = {
        "": sd,
        "low": low,
        "high": high,
        "variance": component.variance,
    }
    share = (
        numbers.MISSING
        if math.isnan(component.share)
        else numbers.percent(component.share)
    )
    return (
        Cell(component.source, {"": component.source}),
        Cell(text, values, trials),
        Cell(share, {"": component.share}, trials),
        Cell(str(component.levels), {"": component.levels}),
        Cell(str(component.df), {"": component.df}),
    )


def _notes(components: Sequence[Component]) -> list[Note]:
    """What the components do not say."""
    if not components:
        return []
    unread = "A trainer that does not read run.seeds has all its variance in the rest"
    rest = (
        "rest: what no source explains, interactions among them; a source whose estimate was "
        "negative stands at 0 (Bouthillier et al. 2021)"
    )
    notes = [Note("", unread), Note("", rest)]
    if any(component.df < _FEW for component in components):
        text = (
            f"below {_FEW} degrees of freedom an interval spans an order of magnitude"
        )
        notes.append(
            Note(
                "", f"Intervals are rough: {text}; they describe a single run's spread"
            )
        )
    return notes


def _allocation_table(
    evidence: Evidence, components: Sequence[Component], trials: tuple[int, ...]
) -> Table:
    """The allocations of as many trials as an arm has seeds, best first, and the study's own."""
    ablation = evidence.history.spec.ablation
    budget = 1 if ablation is None else len(ablation.seeds)
    variances = {component.source: component.variance for component in components}
    found = list(allocations(variances, "split", budget))[:_MOST_SHOWN]
    rows = tuple(_allocation(option, trials) for option in found)
    one = standard_error_of_mean(variances, "split", 1, budget, same_seeds=True)
    budgeted = (
        f"For {budget} trials an arm, as many as it has seeds here; standard error of one arm's "
        f"mean. One split with {budget} seeds: {numbers.plain(one)}"
    )
    shared = (
        "The variance is that of a single arm; the difference of two arms that share splits and "
        "seeds varies less, and may be divided otherwise"
    )
    columns = (
        Column("splits", "Splits"),
        Column("seeds", "Seeds on each"),
        Column("error", "Standard error of the mean"),
    )
    notes = (Note("", budgeted), Note("", shared))
    return Table("allocation", "Best use of a budget of trials", columns, rows, notes)


def _allocation(option: Allocation, trials: tuple[int, ...]) -> tuple[Cell, ...]:
    return (
        Cell(str(option.splits), {"": option.splits}),
        Cell(str(option.seeds), {"": option.seeds}),
        Cell(numbers.plain(option.standard_error), {"": option.standard_error}, trials),
    )
