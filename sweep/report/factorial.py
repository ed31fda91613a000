"""The factorial table: the main effect of each factor, and the interactions of factors."""

from __future__ import annotations

import math

from sweep.errors import UsageError
from sweep.report import numbers
from sweep.report.comparisons import overlap
from sweep.report.evidence import Evidence
from sweep.report.explanations import explain_reading, method_text, scope_text
from sweep.report.table import Cell, Column, Notes, Table, Value
from sweep.statistics.contrast import Reason
from sweep.statistics.effects import Effect, Factorial, Part, analyse


def factorial_tables(evidence: Evidence) -> list[Table]:
    """Main effects and interactions on the first metric, each with its contrast over seeds.

    No table without a factorial design.
    """
    ablation = evidence.history.spec.ablation
    arms = [arm for arm in evidence.arms.values() if arm.design == "factorial"]
    if ablation is None or not arms:
        return []
    metric, factors = evidence.metrics[0], list(ablation.designs.factorial)
    varied = [f for f in factors if len({repr(arm.config.get(f)) for arm in arms}) > 1]
    in_design = evidence.complete["arm"].isin([arm.name for arm in arms])
    rows = evidence.complete[in_design].dropna(subset=[metric])
    trials = tuple(sorted({int(t) for t in rows["trial"]}))
    configs = [evidence.arms[arm].config for arm in rows["arm"]]
    blocks = rows["seed" if evidence.folds is None else "fold"].astype(int).tolist()
    notes = Notes()
    cells: list[tuple[Cell, ...]] = []
    try:
        analysis = analyse(
            {factor: [config.get(factor) for config in configs] for factor in varied},
            rows[metric].to_numpy(),
            blocks,
            confidence=evidence.confidence,
            test_to_train=overlap(evidence, [metric]),
        )
    except UsageError as error:
        notes.add(f"No analysis: {error}")
    else:
        for effect in analysis.effects:
            cells += [_row(effect, part, trials) for part in effect.parts]
        _explain(evidence, analysis, metric, notes)
        explain_reading(evidence, metric, notes)
    columns = (
        Column("effect", "Effect", "left"),
        Column("estimate", f"Change [{evidence.confidence:.0%} CI]"),
        Column("p", "p (adjusted)"),
        Column("f", "F"),
        Column("partial_eta_squared", "Partial η²"),
    )
    return [
        Table(
            "factorial",
            f"Factorial analysis of {metric}",
            columns,
            tuple(cells),
            notes.all(),
        )
    ]


def _row(effect: Effect, part: Part, trials: tuple[int, ...]) -> tuple[Cell, ...]:
    """The row of one effect, or of one of its parts."""
    name = " × ".join(effect.factors)
    if len(effect.parts) > 1:
        levels = ", ".join(
            f"{factor}={level}"
            for factor, level in zip(effect.factors, part.levels, strict=True)
        )
        name += f" ({levels})"
    contrast = part.contrast
    values: dict[str, Value] = {
        "": contrast.mean,
        "low": contrast.low,
        "high": contrast.high,
        "sd": contrast.sd,
        "n": contrast.n,
        "own_low": part.own_low,
        "own_high": part.own_high,
    }
    text = numbers.change(contrast.mean, contrast.low, contrast.high, contrast.sd)
    test: dict[str, Value] = {
        "adjusted": contrast.p,
        "raw": contrast.own_p,
        "method": contrast.method,
        "reason": contrast.reason,
    }
    f_text = numbers.MISSING
    if not math.isnan(effect.f):
        f_text = f"{effect.f:.3g} ({effect.df}, {effect.df_error})"
    eta = effect.partial_eta_squared
    return (
        Cell(name, {"": name}),
        Cell(text, values, trials),
        Cell(numbers.p_value(contrast.p), test, trials),
        Cell(
            f_text, {"": effect.f, "df": effect.df, "df_error": effect.df_error}, trials
        ),
        Cell(numbers.plain(eta, 2), {"": eta}, trials),
    )


def _explain(
    evidence: Evidence, analysis: Factorial, metric: str, notes: Notes
) -> None:
    """Add notes on how the effects are tested."""
    unit = "folds" if evidence.folds else "seeds"
    notes.add(
        f"Each effect is one number per {unit[:-1]}, tested against its own spread over"
        f" {analysis.seeds} {unit} (repeated measures). F is given with its degrees of freedom;"
        " no p-value is computed from it"
    )
    notes.add(
        "Change: mean at the level minus mean at the factor's first level; for an interaction, "
        "the difference of that change between the levels of the other factor"
    )
    if analysis.family.tested:
        notes.add(
            f"All intervals hold together with {evidence.confidence:.0%} confidence, and p is "
            f"adjusted, over the {analysis.family.tested} effects of this table"
        )
        notes.add(method_text(analysis.family, evidence.confidence))
        notes.add(scope_text(evidence, [metric]))
    if analysis.left_out:
        left = ", ".join(map(str, analysis.left_out))
        notes.add(f"Left out, without a run in every cell: {unit} {left}")
    if any(
        contrast.reason is Reason.NO_SPREAD for contrast in analysis.family.contrasts
    ):
        notes.add(
            "An effect that is the same with every seed has no interval and no p-value"
        )
