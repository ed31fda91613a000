"""The sources of a metric's variance, and the best number of splits and seeds for a budget.

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
    stage = evidence.history.stage(variance_stage.NAME)
    if rule is None or not stage:
        return []
    runs = []
    for trial in stage:
        value = read(evidence.history, trial, metric)
        if trial.state is State.COMPLETE and math.isfinite(value):
            runs.append((trial, value))
    planned = rule.levels**2
    text = f"{len(runs)} of {planned} runs of the baseline, with separately drawn seeds"
    notes = [Note("", text)]
    components: tuple[Component, ...] = ()
    try:
        components = _components(runs, rule.sources, evidence.confidence)
    except UsageError as error:
        notes.append(Note("", f"No analysis: {error}"))
    notes += _notes(components)
    trials = tuple(trial.number for trial, _ in runs)
    rows = tuple(_row(component, trials) for component in components)
    title = f"Where the variance of {metric} comes from"
    tables = [Table("variance", title, _columns(evidence), rows, tuple(notes))]
    if components and "split" in rule.sources:
        tables.append(_allocation_table(evidence, components, trials))
    return tables


def _components(
    runs: Sequence[tuple[Trial, float]], sources: Sequence[str], confidence: float
) -> tuple[Component, ...]:
    """The components of the variance.

    Args:
        runs: complete trials with their values.
        sources: that the study seeds separately.
        confidence: of the intervals.

    Raises:
        UsageError: runs are missing.
    """
    values = [value for _, value in runs]
    seeds_of_runs = [trial.attributes["seeds"] for trial, _ in runs]
    levels = {}
    for source in sources:
        levels[source] = [seeds[source] for seeds in seeds_of_runs]
    return variance_components(values, levels, confidence)


def _columns(evidence: Evidence) -> tuple[Column, ...]:
    """The columns of the table of components."""
    return (
        Column("source", "Source", "left"),
        Column("sd", f"Standard deviation [{evidence.confidence:.0%} CI]"),
        Column("share", "Share of the variance"),
        Column("levels", "Draws"),
        Column("df", "Degrees of freedom"),
    )


def _row(component: Component, trials: tuple[int, ...]) -> tuple[Cell, ...]:
    """The row of one source."""
    sd = math.sqrt(component.variance)
    low = math.sqrt(component.low)
    high = math.sqrt(component.high)
    half = (high - low) / 2
    decimals = numbers.decimals(half) if half > 0 else 4
    shown = numbers.plain(sd, decimals)
    interval = f"[{numbers.plain(low, decimals)}, {numbers.plain(high, decimals)}]"
    values: dict[str, Value] = {
        "": sd,
        "low": low,
        "high": high,
        "variance": component.variance,
    }
    share = numbers.MISSING
    if not math.isnan(component.share):
        share = numbers.percent(component.share)
    return (
        Cell(component.source, {"": component.source}),
        Cell(f"{shown} {interval}", values, trials),
        Cell(share, {"": component.share}, trials),
        Cell(str(component.levels), {"": component.levels}),
        Cell(str(component.df), {"": component.df}),
    )


def _notes(components: Sequence[Component]) -> list[Note]:
    """The limits of the components."""
    if not components:
        return []
    unread = "If the trainer does not read run.seeds, all its variance is in the rest"
    rest = (
        "rest: variance that no source explains, including interactions. A source with a negative "
        "estimate is shown as 0 (Bouthillier et al. 2021)"
    )
    notes = [Note("", unread), Note("", rest)]
    if any(component.df < _FEW for component in components):
        rough = (
            f"Intervals are rough: below {_FEW} degrees of freedom an interval spans an"
            " order of magnitude; they describe a single run's spread"
        )
        notes.append(Note("", rough))
    return notes


def _allocation_table(
    evidence: Evidence, components: Sequence[Component], trials: tuple[int, ...]
) -> Table:
    """The best allocations of as many trials as an arm has seeds, and the study's own."""
    ablation = evidence.history.spec.ablation
    budget = 1 if ablation is None else len(ablation.seeds)
    variances = {component.source: component.variance for component in components}
    best = list(allocations(variances, "split", budget))[:_MOST_SHOWN]
    rows = tuple(_allocation(option, trials) for option in best)
    one_split = standard_error_of_mean(variances, "split", 1, budget, same_seeds=True)
    budgeted = (
        f"For {budget} trials per arm, the number of its seeds here; standard error of one arm's "
        f"mean. One split with {budget} seeds: {numbers.plain(one_split)}"
    )
    shared = (
        "The variance is that of a single arm; the difference of two arms that share splits and "
        "seeds varies less, and may have another best allocation"
    )
    columns = (
        Column("splits", "Splits"),
        Column("seeds", "Seeds on each"),
        Column("error", "Standard error of the mean"),
    )
    notes = (Note("", budgeted), Note("", shared))
    return Table("allocation", "Best use of a budget of trials", columns, rows, notes)


def _allocation(option: Allocation, trials: tuple[int, ...]) -> tuple[Cell, ...]:
    """The row of one allocation of seeds to splits."""
    return (
        Cell(str(option.splits), {"": option.splits}),
        Cell(str(option.seeds), {"": option.seeds}),
        Cell(numbers.plain(option.standard_error), {"": option.standard_error}, trials),
    )
