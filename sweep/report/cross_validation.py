"""`cv_summary.json`: the cross-validation results of each arm, fold by fold, for programs."""

from __future__ import annotations

import math
from typing import Any

import orjson

from sweep.report.evidence import Evidence

FILE = "cv_summary.json"


def contents(evidence: Evidence) -> dict[str, bytes]:
    """File name → the summary; empty without cross-validation."""
    if evidence.folds is None:
        return {}
    return {FILE: orjson.dumps(summary(evidence), option=orjson.OPT_INDENT_2) + b"\n"}


def summary(evidence: Evidence) -> dict[str, Any]:
    """`n_splits`, and for each arm its configuration, complete trials and metrics.

    Each metric has `mean`, `std` and `folds`. A fold's value is the mean over the seeds that were
    trained on it; `mean` and `std` (n - 1 in the denominator) are over the folds. Values are read
    at the epoch selected on validation data.
    """
    arms = {}
    for name, arm in evidence.arms.items():
        rows = evidence.runs(name)
        metrics = {}
        for metric in (m for m in evidence.metrics if m in rows):
            by_fold = rows.dropna(subset=[metric]).groupby("fold")[metric].mean()
            deviation = float(by_fold.std())
            metrics[metric] = {
                "mean": float(by_fold.mean()) if len(by_fold) else None,
                "std": None if math.isnan(deviation) else deviation,
                "folds": {str(fold): float(value) for fold, value in by_fold.items()},
            }
        arms[name] = {
            "config": dict(arm.config),
            "trials": sorted(int(number) for number in rows["trial"]),
            "metrics": metrics,
        }
    return {
        "study": evidence.history.spec.name,
        "n_splits": evidence.folds,
        "arms": arms,
    }
