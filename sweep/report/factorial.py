"""The factorial table: what each factor does on its own, and which depend on each other."""

from __future__ import annotations

import math

from sweep.errors import UsageError
from sweep.report import numbers
from sweep.report.evidence import Evidence
from sweep.report.table import Cell, Column, Notes, Table, Value
from sweep.statistics.factorial import Effect, factorial_effects
from sweep.statistics.paired import holm


def factorial_tables(evidence: Evidence) -> list[Table]:
    """Main effects and interactions on the first metric, seeds (and folds) as blocks.

    No table without a factorial.
    """
    ablation = evidence.history.spec.ablation
    arms = [arm for arm in evidence.arms.values() if arm.design == "factorial"]
    if ablation is None or not arms:
        return []
    metric, factors = evidence.metrics[0], list(ablation.designs.factorial)
    varied = [f for f in factors if len({repr(arm.config.get(f)) for arm in arms}) > 1]
    rows = evidence.complete[evidence.complete["arm"].isin([arm.name for arm in arms])].dropna(
        subset=[metric]
    )
    trials = tuple(sorted({int(t) for t in rows["trial"]}))
    level = {arm.name: arm.config for arm in arms}
    notes = Notes()
    effects: tuple[Effect, ...] = ()
    try:
        effects = factorial_effects(
            {factor: [level[arm].get(factor) for arm in rows["arm"]] for factor in varied},
            rows[metric].to_numpy(),
            list(zip(rows["seed"], rows["fold"], strict=True)),
            confidence=evidence.confidence,
        )
    except UsageError as error:
        notes.add(f"No analysis: {error}")
    adjusted = holm([None if math.isnan(effect.p) else effect.p for effect in effects])
    _explain(evidence, notes, len(rows), len(arms))
    columns = (
        Column("effect", "Effect", "left"),
        Column("estimate", f"Change [{evidence.confidence:.0%} CI]"),
        Column("f", "F"),
        Column("p", "p (Holm)"),
        Column("partial_eta_squared", "Partial η²"),
    )
    cells = tuple(_row(effect, p, trials) for effect, p in zip(effects, adjusted, strict=True))
    return [Table("factorial", f"Factorial analysis of {metric}", columns, cells, notes.all())]


def _row(effect: Effect, adjusted: float | None, trials: tuple[int, ...]) -> tuple[Cell, ...]:
    name = " × ".join(effect.factors)
    change = Cell(numbers.MISSING)
    if effect.estimate is not None and effect.low is not None and effect.high is not None:
        values: dict[str, Value] = {"": effect.estimate, "low": effect.low, "high": effect.high}
        change = Cell(numbers.change(effect.estimate, effect.low, effect.high), values, trials)
    f_text = (
        numbers.MISSING
        if math.isnan(effect.f)
        else f"{effect.f:.3g} ({effect.df}, {effect.df_error})"
    )
    eta = effect.partial_eta_squared
    return (
        Cell(name, {"": name}),
        change,
        Cell(f_text, {"": effect.f, "df": effect.df, "df_error": effect.df_error}, trials),
        Cell(numbers.p_value(adjusted), {"adjusted": adjusted, "raw": effect.p}, trials),
        Cell(numbers.plain(eta, 2), {"": eta}, trials),
    )


def _explain(evidence: Evidence, notes: Notes, runs: int, arms: int) -> None:
    notes.add(
        f"Analysis of variance over {runs} runs of {arms} arms, type II, "
        f"seeds{' and folds' if evidence.folds else ''} as blocks; F with its degrees of freedom"
    )
    notes.add(
        "Change: mean at the second level minus mean at the first; for an interaction, how much that difference "
        "differs between the levels of the other factor; given for factors of two levels"
    )
    if evidence.folds:
        notes.add(
            "Folds share training data: these p-values are not corrected for that, and are too small"
        )
