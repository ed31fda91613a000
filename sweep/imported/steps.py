"""Turn rows numbered by step into epochs, and copy results logged once per run to all epochs.

MLflow, TensorBoard and W&B count steps, and log training and validation at different steps. A
result on test data is logged once, after the last epoch.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

RUN_NUMBER = "_run"
"""Column with the number of the run, which `sweep.imported.runs` adds."""


def once_a_run(
    rows: pd.DataFrame, metrics: Sequence[str]
) -> tuple[pd.DataFrame, list[str]]:
    """Return the rows with results that occur once per run copied to all epochs, and caveats.

    A row without another result is not an epoch and is removed. If every result occurs once per
    run, nothing changes.

    Args:
        rows: one row for each epoch or step, with the column `_run`.
        metrics: columns of results.
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
    text = (
        f"{', '.join(once)}: one value for each run, which is used for all of its "
        "epochs"
    )
    return spread[has_curve | ~run_has_curve], [text]


def epochs_of_steps(
    rows: pd.DataFrame, column: str, metric: str
) -> tuple[pd.DataFrame, list[str]]:
    """Return the rows with epoch numbers in place of step numbers, and caveats.

    An epoch ends with each step that has the metric. It includes everything that was logged since
    the previous such step. Rows after the last one belong to the last epoch. If every row has the
    metric, nothing changes.

    Args:
        rows: one row for each step, with the column `_run`.
        column: column with the number of the step.
        metric: the study's metric.
    """
    if rows[metric].notna().all():
        return rows, []
    parts: list[pd.DataFrame] = []
    for _, run in rows.groupby(RUN_NUMBER, sort=False):
        ordered = run.sort_values(column, kind="stable")
        has_metric = ordered[metric].notna()
        if not has_metric.any():
            parts.append(run)
            continue
        # One step may have several rows, which end an epoch together.
        steps = has_metric.groupby(ordered[column].to_numpy()).any()
        number = steps.astype(int).cumsum().shift(fill_value=0)
        last = int(number[steps].iloc[-1])
        epochs = ordered[column].map(number.clip(upper=last))
        parts.append(ordered.assign(**{column: epochs}))
    text = (
        "the source counts steps: an epoch ends at each step that has a value of "
        f"{metric}"
    )
    return pd.concat(parts).sort_index(kind="stable"), [text]
