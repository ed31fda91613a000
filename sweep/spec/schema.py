"""The sections of a study file, as frozen pydantic models. Their fields are what a study file may say.

Unknown keys are errors everywhere. Numbers are strict: "24" and true are no integers, 24.0 is no count.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidatorFunctionWrapHandler, WrapValidator

Text = Annotated[str, Field(strict=True, min_length=1)]
Whole = Annotated[int, Field(strict=True)]
Count = Annotated[int, Field(strict=True, ge=1)]
Seed = Annotated[int, Field(strict=True, ge=0, lt=2**32)]  # NumPy's legacy generators take no more than 32 bits
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Positive = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0)]
NotNegative = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0)]
Values = dict[str, Any]  # parameter → value


def _as_written(value: Any, check: ValidatorFunctionWrapHandler) -> Any:
    check(value)
    return value


Bound = Annotated[Number, WrapValidator(_as_written)]  # 4 stays an integer: two of them make an integer parameter
Step = Annotated[Positive, WrapValidator(_as_written)]


class Section(BaseModel):
    """What all sections share."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Metric(Section):
    """What the search optimises and the best epoch is selected by; measured on validation data."""

    name: Text
    goal: Literal["maximize", "minimize"]
    target: Number | None = None


class Search(Section):
    """Optuna chooses configurations.

    Attributes:
        trials: how many; with `method: grid` all of the grid unless given.
        seeds: each configuration is trained with each of them.
        seed: of the sampler.
        n_startup_trials: random configurations before TPE models anything; None: Optuna's default.
    """

    method: Literal["tpe", "random", "grid"] = "tpe"
    trials: Count
    seeds: tuple[Seed, ...] = Field(default=(0,), min_length=1)
    seed: Seed = 0
    n_startup_trials: Count | None = None


class EarlyTerminate(Section):
    """Which search trials are stopped before their last epoch.

    Attributes:
        type: `asha` (Li et al. 2020, asynchronous successive halving), `median` (Golovin et al. 2017) or `none`.
        min_iter: epochs every trial gets; ASHA's first rung.
        eta: one of `eta` trials goes on at each ASHA rung; rungs are at min_iter · eta^k epochs.
        max_iter: epochs after which nothing is stopped; None: the trial's `epochs`.
    """

    type: Literal["none", "asha", "median"]
    min_iter: Count = 1
    eta: Annotated[int, Field(strict=True, ge=2)] = 3
    max_iter: Count | None = None


class Designs(Section):
    """How arms are derived from the baseline; see `sweep.designs`."""

    ladder: dict[Text, Values] = {}
    leave_one_out: dict[Text, Values] = {}
    one_at_a_time: dict[Text, list[Any]] = {}
    factorial: dict[Text, list[Any]] = {}
    arms: dict[Text, Values] = {}


class Ablation(Section):
    """Arms that are trained to the end, each with the same seeds and folds.

    Attributes:
        folds: number of cross-validation folds, each trained with every seed; None: the data set's fixed split.
    """

    baseline: Values = {}
    seeds: tuple[Seed, ...] = Field(default=(0, 1, 2, 3, 4), min_length=1)
    folds: Annotated[int, Field(strict=True, ge=2)] | None = None
    designs: Designs = Designs()


class ReportSpec(Section):
    """What the tables show.

    Attributes:
        metrics: columns; the default is the study's metric on test data where the trainer reports it.
        select: a trial's values are read at its epoch with the best validation metric, or at its last epoch.
        confidence: level of every interval.
    """

    metrics: tuple[Text, ...] = ()
    select: Literal["best", "last"] = "best"
    confidence: Annotated[float, Field(strict=True, gt=0, lt=1)] = 0.95


class Resources(Section):
    """What one trial is given, and how patient the tool is.

    Attributes:
        cpu: CPUs, and torch threads, of a trial.
        gpu: share of a GPU; None: one where there are GPUs, else none.
        max_concurrent: trials at a time; None: as many as fit.
        retries: how often a trial is started again after its worker died.
        grace_seconds: time to save and stop after a signal.
        no_progress_minutes: a trial silent for so long is stopped and retried; None: never.
    """

    cpu: Positive = 1.0
    gpu: NotNegative | None = None
    max_concurrent: Count | None = None
    retries: Annotated[int, Field(strict=True, ge=0)] = 2
    grace_seconds: Positive = 30.0
    no_progress_minutes: Positive | None = None


class Budget(Section):
    """When the study stops starting trials; None: never."""

    hours: Positive | None = None
    gpu_hours: Positive | None = None


class Checkpoint(Section):
    """A checkpoint is written every `every` epochs, and with a trial's last."""

    every: Count = 1


class StudyFile(Section):
    """A whole study file. Parameters are read by `sweep.spec.entries`, profiles by `sweep.spec.overrides`."""

    name: Text = ""
    description: str = ""
    trainer: Text
    metric: Metric
    parameters: dict[Text, Any] = Field(min_length=1)
    search: Search | None = None
    early_terminate: EarlyTerminate = EarlyTerminate(type="none")
    ablation: Ablation | None = None
    report: ReportSpec = ReportSpec()
    resources: Resources = Resources()
    budget: Budget = Budget()
    checkpoint: Checkpoint = Checkpoint()
    profiles: dict[Text, Values] = {}
