"""Main effects and interactions of a factorial design, seeds as blocks."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sweep.errors import UsageError


@dataclass(frozen=True, slots=True)
class Effect:
    """One row of the analysis of variance.

    Attributes:
        factors: one name for a main effect, several for their interaction.
        df, df_error: degrees of freedom of the effect and of the residual.
        f, p: F statistic (type II sums of squares) and its p-value; NaN when the residual is zero.
        partial_eta_squared: share of the variance not explained otherwise, SS / (SS + SS of the
            residual).
        estimate: for two-level factors only: mean at the second level minus mean at the first; for
            an interaction of two, the difference of that difference; None for factors of more
            levels.
        low, high: t interval of `estimate`, None with it.
    """

    factors: tuple[str, ...]
    df: int
    df_error: int
    f: float
    p: float
    partial_eta_squared: float
    estimate: float | None
    low: float | None
    high: float | None


def factorial_effects(
    levels: Mapping[str, Sequence[Any]],
    values: npt.ArrayLike,
    blocks: Sequence[Any],
    *,
    confidence: float = 0.95,
) -> tuple[Effect, ...]:
    """Analysis of variance of a full factorial design in randomised blocks.

    Args:
        levels: factor → its level in each run (n,); the order in which levels first appear is their
            order.
        values: metric of each run (n,).
        blocks: seed (and fold) of each run (n,); runs of one block share what a seed fixes, so its
            main effect is taken out before anything is tested.
        confidence: of the intervals.

    Returns:
        Main effects first, then interactions of two, three, … factors.

    Raises:
        UsageError: fewer than two levels in a factor, an empty cell of the design, cells that share
            too few blocks to be compared, lengths that differ, a value that is not finite, or no
            degree of freedom left for the error (one seed).
    """
    frame, names = _frame(levels, values, blocks)
    terms = [c for size in range(1, len(names) + 1) for c in itertools.combinations(names, size)]
    model = _fit(frame, names)
    df_error = int(model.df_resid)
    if df_error < 1:
        raise UsageError(
            "a factorial analysis needs at least two seeds: with one, nothing is left to measure chance by"
        )
    from statsmodels.stats.anova import anova_lm

    noise = float(model.ssr)
    # A residual of rounding error only is no residual: F would be a random huge number.
    exact = noise <= 1e-20 * max(1.0, float(np.square(frame["value"]).sum()))
    table = None if exact else anova_lm(model, typ=2)
    given = dict(zip(names, levels, strict=True))
    effects = []
    for columns in terms:
        label = ":".join(f"C({c}, Sum)" for c in columns)
        squares = math.nan if table is None else float(table.loc[label, "sum_sq"])
        estimate, low, high = _difference(model, columns, frame, confidence)
        effects.append(
            Effect(
                factors=tuple(given[c] for c in columns),
                df=math.prod(frame[c].nunique() - 1 for c in columns),
                df_error=df_error,
                f=math.nan if table is None else float(table.loc[label, "F"]),
                p=math.nan if table is None else float(table.loc[label, "PR(>F)"]),
                partial_eta_squared=squares / (squares + noise),
                estimate=estimate,
                low=low,
                high=high,
            )
        )
    return tuple(effects)


def _difference(
    model: Any, columns: Sequence[str], frame: pd.DataFrame, confidence: float
) -> tuple[float | None, float | None, float | None]:
    """Second level minus first, or the difference of such differences, with its interval; None
    beyond two levels.

    Sum coding gives the first level +1 and the second -1, so one factor's slope is -1/2 of its
    difference.
    """
    if any(frame[c].nunique() != 2 for c in columns):
        return None, None, None
    slope = ":".join(f"C({c}, Sum)[S.0]" for c in columns)
    scale = (-2.0) ** len(columns)
    ends = scale * model.conf_int(alpha=1 - confidence).loc[slope].to_numpy()
    return scale * float(model.params[slope]), float(ends.min()), float(ends.max())


def _fit(frame: pd.DataFrame, names: Sequence[str]) -> Any:
    import statsmodels.formula.api as smf

    model = smf.ols("value ~ C(block) + " + "*".join(f"C({n}, Sum)" for n in names), frame)
    if np.linalg.matrix_rank(model.exog) < model.exog.shape[1]:
        raise UsageError(
            "too few seeds hold runs of several cells of the factorial design: what an arm does cannot be told from "
            "what a seed does, and effects are not estimable"
        )
    return model.fit()


def _frame(
    levels: Mapping[str, Sequence[Any]], values: npt.ArrayLike, blocks: Sequence[Any]
) -> tuple[pd.DataFrame, list[str]]:
    """Columns `value`, `block` and one integer column per factor, under names that no formula can trip over."""
    value = np.asarray(values, dtype=np.float64)
    if value.ndim != 1 or not np.isfinite(value).all():
        raise UsageError("the values of a factorial analysis must be finite, one per run")
    columns: dict[str, Any] = {
        "value": value,
        "block": pd.factorize(pd.Series(list(map(repr, blocks))))[0],
    }
    names = [f"factor{i}" for i in range(len(levels))]
    for name, (factor, given) in zip(names, levels.items(), strict=True):
        codes, distinct = pd.factorize(pd.Series([repr(level) for level in given]))
        if len(distinct) < 2:
            raise UsageError(
                f"factor {factor!r} has one level, {given[0]!r}; an effect needs at least two"
            )
        columns[name] = codes
    lengths = {len(c) for c in columns.values()}
    if len(lengths) != 1:
        raise UsageError(
            f"values, blocks and levels must name the same runs; their lengths are {sorted(lengths)}"
        )
    frame = pd.DataFrame(columns)
    cells, full = len(frame[names].drop_duplicates()), math.prod(frame[n].nunique() for n in names)
    if cells < full:
        raise UsageError(
            f"only {cells} of the {full} cells of the factorial design hold a run; effects are not estimable"
        )
    return frame, names
