"""`early_terminate:` of a study file: which rule stops trials early, and which keys mean something to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sweep.model.fields import Count, NotNegative, Number, Section

# Rule → the keys that mean something to it; `none` takes all, so that pruning can be switched off
# by one word.
KEYS: Mapping[str, tuple[str, ...]] = {
    "asha": ("min_iter", "eta", "max_iter"),
    "median": ("min_iter", "max_iter"),
    "percentile": ("percentile", "min_iter", "interval", "n_startup_trials", "max_iter"),
    "patient": ("patience", "min_delta", "rule", "max_iter"),
    "threshold": ("lower", "upper", "min_iter", "interval", "max_iter"),
    "hyperband": ("min_iter", "max_iter", "s", "eta", "strict"),
    "wilcoxon": ("p_threshold", "n_startup_steps"),
}
PATIENT_WITH = ("asha", "median", "percentile", "threshold", "hyperband")  # what `patient` may wrap


class EarlyTerminate(Section):
    """Which trials of a search are stopped before their last epoch. What each rule computes is in
    `sweep.stopping`.

    Attributes:
        type: `asha` (Li et al. 2020, asynchronous successive halving), `median` (Golovin et al.
            2017), `percentile`, `patient` and `threshold` (Optuna's), `hyperband` (the rule of W&B
            sweeps), `wilcoxon` (Optuna's, over the seeds and folds of a configuration) or `none`.
        min_iter: epochs every trial gets; ASHA's first rung.
        eta: one of `eta` trials goes on at each ASHA rung; rungs are at min_iter · eta^k epochs.
        max_iter: epochs after which nothing is stopped; None: the trial's `epochs`.
        s: hyperband alone: that many brackets, at max_iter / eta^k, instead of those from min_iter.
        strict: hyperband alone: a trial is judged by its value at the bracket, not by its best one
            so far.
        percentile: a trial goes on while its best value is among the best so many per cent at its
            epoch.
        n_startup_trials: percentile alone: completed trials before any is stopped; Optuna's
            default.
        interval: percentile and threshold: epochs from one look to the next, the first after
            min_iter.
        patience: patient: a trial may stop once so many reports more than one have brought nothing
            better.
        min_delta: patient: how much worse than before those reports have to be.
        rule: patient: the rule that then decides; None: the trial is stopped.
        lower, upper: threshold: a value beyond them, or one that is not finite, stops the trial.
        p_threshold: wilcoxon: a configuration is given up below this p-value; Optuna's default.
        n_startup_steps: wilcoxon: runs of a configuration before it is judged, at least 2; Optuna's
            default.
    """

    type: Literal[
        "none", "asha", "median", "percentile", "patient", "threshold", "hyperband", "wilcoxon"
    ]
    min_iter: Count = 1
    eta: Annotated[int, Field(strict=True, ge=2)] = 3
    max_iter: Count | None = None
    s: Count | None = None
    strict: Annotated[bool, Field(strict=True)] = False
    percentile: Annotated[float, Field(strict=True, ge=0, le=100)] | None = None
    n_startup_trials: Annotated[int, Field(strict=True, ge=0)] = 5
    interval: Count = 1
    patience: Annotated[int, Field(strict=True, ge=0)] | None = None
    min_delta: NotNegative = 0.0
    rule: EarlyTerminate | None = None
    lower: Number | None = None
    upper: Number | None = None
    p_threshold: Annotated[float, Field(strict=True, gt=0, le=1)] = 0.1
    n_startup_steps: Annotated[int, Field(strict=True, ge=2)] = 2

    @property
    def runs_needed(self) -> int:
        """wilcoxon: runs of a configuration before it can be given up: the p-value of n runs is at least 1/2^n."""
        needed = self.n_startup_steps
        while 0.5**needed >= self.p_threshold:
            needed += 1
        return needed

    @model_validator(mode="after")
    def _says_enough(self) -> Self:
        if self.type == "percentile" and self.percentile is None:
            raise ValueError("says no percentile; e.g. percentile: 25 lets the best quarter go on")
        if self.type == "patient" and self.patience is None:
            raise ValueError("says no patience; e.g. patience: 5")
        if self.type == "threshold":
            if self.lower is None and self.upper is None:
                raise ValueError("says neither lower nor upper; e.g. upper: 10")
            if self.lower is not None and self.upper is not None and self.lower > self.upper:
                raise ValueError(f"no value is above {self.lower:g} and below {self.upper:g}")
        return self
