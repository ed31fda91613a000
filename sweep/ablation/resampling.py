"""The ratio n_test / n_train of runs that train on overlapping parts of one data set. Pure.

Folds, and seeds that draw their own split, share most of their training data. So their results vary
less than with new data; Nadeau and Bengio (2003) increase the variance by n_test / n_train. A
trainer reports the sizes of the parts as metrics `split/train`, `split/val` and `split/test`
(numbers of samples) if, and only if, the split differs between runs. The bundled trainers do so.
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
        stated: whether runs reported it; otherwise it is that of K equal folds, 1 / (K − 1).
    """

    ratio: float
    stated: bool


def resampling(history: History, metrics: Sequence[str]) -> Resampling | None:
    """How the training sets of an ablation's runs overlap; None if they are equal.

    None also if all folds share one test set, for which there is no correction.
    """
    spec = history.spec
    if spec.ablation is None or shares_test_set(spec, metrics):
        return None
    complete = [t for t in history.stage("ablation") if t.state is State.COMPLETE]
    part = "test" if all(metric.startswith("test/") for metric in metrics) else "val"
    ratios = [
        ratio for trial in complete if (ratio := _stated(trial, part)) is not None
    ]
    if ratios:
        return Resampling(sum(ratios) / len(ratios), stated=True)
    folds = spec.ablation.folds
    return None if folds is None else Resampling(1 / (folds - 1), stated=False)


def planned_resampling(spec: StudySpec, metrics: Sequence[str]) -> Resampling | None:
    """The expected result of `resampling`, before any run."""
    if spec.ablation is None or shares_test_set(spec, metrics):
        return None
    folds = spec.ablation.folds
    if folds is not None:
        return Resampling(1 / (folds - 1), stated=False)
    return Resampling(ASSUMED_OF_SPLITS, stated=False) if draws_splits(spec) else None


def shares_test_set(spec: StudySpec, metrics: Sequence[str]) -> bool:
    """Whether all folds measure metrics on the same test set.

    The bundled trainers keep their test part for every fold, unless each seed draws a split.
    """
    folds = None if spec.ablation is None else spec.ablation.folds
    on_test = any(metric.startswith("test/") for metric in metrics)
    return folds is not None and on_test and spec.trainer in sweep_trainers.BUNDLED


def draws_splits(spec: StudySpec) -> bool:
    """Whether a bundled trainer draws a new split for each seed: `split: by_seed`."""
    split = spec.parameters.get("split")
    by_seed = (
        split is not None
        and isinstance(split.domain, Constant)
        and split.domain.value == "by_seed"
    )
    return by_seed and spec.trainer in sweep_trainers.BUNDLED


def splits_overlap(history: History, metrics: Sequence[str]) -> bool:
    """Whether each seed draws its own split, so that training sets overlap."""
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
