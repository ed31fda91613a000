"""n_test / n_train of runs that train on overlapping parts of one data set. Pure.

Folds, and seeds that draw a split of their own, share most of their training data, so that their
results vary less than those of new data would; Nadeau and Bengio (2003) widen the variance by
n_test / n_train. A trainer says how large its parts are by the metrics `split/train`, `split/val`
and `split/test`, numbers of samples, in any of its reports, where they differ between its runs and
only there. The bundled trainers do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sweep_trainers
from sweep.history.history import History
from sweep.model import reports
from sweep.model.domains import Constant
from sweep.model.trial import State, Trial
from sweep.spec import StudySpec

ASSUMED_OF_SPLITS = 0.25  # before any run has said: four fifths train, as is usual


@dataclass(frozen=True)
class Resampling:
    """How training sets overlap.

    Attributes:
        ratio: n_test / n_train.
        stated: whether runs said so; else it is that of K equal folds, 1 / (K − 1).
    """

    ratio: float
    stated: bool


def resampling(history: History, metrics: Sequence[str]) -> Resampling | None:
    """How the training sets of an ablation's runs overlap; None where they are the same.

    None as well where all folds are measured on one test set, which no correction is for.
    """
    spec = history.spec
    if spec.ablation is None or shares_test_set(spec, metrics):
        return None
    complete = [t for t in history.stage("ablation") if t.state is State.COMPLETE]
    part = "test" if all(metric.startswith("test/") for metric in metrics) else "val"
    found = [ratio for trial in complete if (ratio := _stated(trial, part)) is not None]
    if found:
        return Resampling(sum(found) / len(found), stated=True)
    folds = spec.ablation.folds
    return None if folds is None else Resampling(1 / (folds - 1), stated=False)


def planned_resampling(spec: StudySpec, metrics: Sequence[str]) -> Resampling | None:
    """What `resampling` is expected to give, before any run."""
    if spec.ablation is None or shares_test_set(spec, metrics):
        return None
    folds = spec.ablation.folds
    if folds is not None:
        return Resampling(1 / (folds - 1), stated=False)
    return Resampling(ASSUMED_OF_SPLITS, stated=False) if draws_splits(spec) else None


def shares_test_set(spec: StudySpec, metrics: Sequence[str]) -> bool:
    """Whether metrics are measured on one test set that all folds have in common.

    The bundled trainers keep their test part for every fold, unless each seed draws a split.
    """
    folds = None if spec.ablation is None else spec.ablation.folds
    on_test = any(metric.startswith("test/") for metric in metrics)
    return folds is not None and on_test and spec.trainer in sweep_trainers.BUNDLED


def draws_splits(spec: StudySpec) -> bool:
    """Whether a bundled trainer draws a split for each seed: `split: by_seed`."""
    split = spec.parameters.get("split")
    by_seed = (
        split is not None
        and isinstance(split.domain, Constant)
        and split.domain.value == "by_seed"
    )
    return by_seed and spec.trainer in sweep_trainers.BUNDLED


def splits_overlap(history: History, metrics: Sequence[str]) -> bool:
    """Whether seeds draw splits of their own, whose training sets overlap."""
    spec = history.spec
    if draws_splits(spec):
        return True
    in_folds = spec.ablation is not None and spec.ablation.folds is not None
    return not in_folds and resampling(history, metrics) is not None


def _stated(trial: Trial, part: str) -> float | None:
    """n_test / n_train as a trial reports it; of a trainer without such a part, of its
    other one.
    """
    trained = reports.finite(trial.reports, "split/train")
    for name in (part, "val", "test"):
        tested = reports.finite(trial.reports, f"split/{name}")
        if trained and tested and trained[-1] > 0 and tested[-1] > 0:
            return tested[-1] / trained[-1]
    return None
