"""Rows that a source numbers by steps → epochs; and results that it holds once a run.

MLflow, TensorBoard and W&B count steps, and log training and validation at other ones; a result on
test data is logged once, after the last epoch.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

RUN_NUMBER = "_run"
"""The column that `sweep.imported.runs` numbers runs in."""


def once_a_run(
    rows: pd.DataFrame, metrics: Sequence[str]
) -> tuple[pd.DataFrame, list[str]]:
    """Results that each run holds once, set in all of its epochs; and sentences that say so.

    A row that holds nothing else is no epoch. Nothing changes where every result stands once a run.

    Args:
        rows: with the column `_run`; one row an epoch or a step.
        metrics: columns with results.
    """
    if rows.empty or not metrics:
        return rows, []
    counts = rows.groupby(RUN_NUMBER)[list(metrics)].count().max()
    once = [name for name in metrics if counts[name] == 1]
    curves = [name for name in metrics if counts[name] > 1]
    if not once or not curves:
        return rows, []
    spread = rows.copy()
    spread[once] = rows.groupby(RUN_NUMBER)[once].transform("first")
    has_curve = rows[curves].notna().any(axis=1)
    run_has_curve = has_curve.groupby(rows[RUN_NUMBER]).transform("any")
    text = f"{', '.join(once)}: one value a run, which stands for the run and no epoch of it"
    return spread[has_curve | ~run_has_curve], [text]


def epochs_of_steps(
    rows: pd.DataFrame, column: str, metric: str
) -> tuple[pd.DataFrame, list[str]]:
    """Steps numbered anew: an epoch ends with each row that holds the metric.

    What was logged since the last such row belongs to it, what follows the last one too. Nothing
    changes where every row holds the metric.

    Args:
        column: with the number of the step.
        metric: the study's.
    """
    if rows[metric].notna().all():
        return rows, []
    parts: list[pd.DataFrame] = []
    for _, run in rows.groupby(RUN_NUMBER, sort=False):
        ordered = run.sort_values(column, kind="stable")
        holds = ordered[metric].notna()
        if not holds.any():
            parts.append(run)
            continue
        # A step may be spread over several rows: it ends an epoch as a whole.
        steps = holds.groupby(ordered[column].to_numpy()).any()
        number = steps.astype(int).cumsum().shift(fill_value=0)
        last = int(number[steps].iloc[-1])
        epochs = ordered[column].map(number.clip(upper=last))
        parts.append(ordered.assign(**{column: epochs}))
    text = f"the source counts steps: an epoch ends with each value of {metric}"
    return pd.concat(parts).sort_index(kind="stable"), [text]
