"""Floor 6: what a study will do, before it does it: trials, cost from a timed probe, smallest detectable effect."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweep import ablation, designs, parameters, prune, search
from sweep.designs import Arm
from sweep.parameters import Choice, Constant, Domain, IntUniform, Normal
from sweep.run import EpochReport, LocalRun
from sweep.spec import StudySpec
from sweep.trainer import load, resolve
from sweep.trial import configuration_key

PROBE_EPOCHS = 2


@dataclass(frozen=True)
class Plan:
    """What `sweep plan` prints.

    Attributes:
        search_trials: configurations times the search's seeds; pruning only makes them shorter.
        arms: with placeholders where the search will fill in values.
        ablation_trials: distinct configurations times seeds times folds.
        shared: runs saved because designs share arms.
        epochs: budget of one trial, None when the trainer has no `epochs`.
        pairs: runs of an arm that are paired with its reference.
    """

    search_trials: int
    arms: tuple[Arm, ...]
    ablation_trials: int
    shared: int
    epochs: int | None
    pairs: int

    @property
    def trials(self) -> int:
        """All of them."""
        return self.search_trials + self.ablation_trials


@dataclass(frozen=True)
class Probe:
    """Seconds measured on the first arm: until the first epoch's report beyond an epoch's time, and for an epoch."""

    start: float
    epoch: float


def plan(spec: StudySpec) -> Plan:
    """Count what a study will train."""
    arms = designs.arms(spec, lambda name, _: typical(spec.parameters[name].domain))
    per_arm = len(spec.ablation.seeds) * len(ablation.folds(spec.ablation.folds)) if spec.ablation else 0
    distinct = len({configuration_key(arm.config) for arm in arms})
    return Plan(
        search_trials=search.planned(spec) * len(spec.search.seeds) if spec.search else 0,
        arms=arms,
        ablation_trials=distinct * per_arm,
        shared=(len(arms) - distinct) * per_arm,
        epochs=budget_epochs(spec),
        pairs=per_arm,
    )


def budget_epochs(spec: StudySpec) -> int | None:
    """Epochs of a full trial, when `epochs` is a constant of the study."""
    epochs = spec.parameters.get("epochs")
    if epochs is None or not isinstance(epochs.domain, Constant) or not isinstance(epochs.domain.value, int):
        return None
    return epochs.domain.value


def probe(spec: StudySpec, base: Path) -> Probe:
    """Train the first configuration for two epochs in this process, in a folder that is thrown away."""
    train = load(resolve(spec.trainer, base))
    seconds: list[float] = []

    def stop_soon(report: EpochReport) -> bool:
        seconds.append(report.seconds)
        return len(seconds) >= PROBE_EPOCHS

    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sweep-probe-") as folder:
        train(dict(first_configuration(spec)), LocalRun(folder, on_report=stop_soon, metric=spec.metric.name))
    total = time.monotonic() - began
    epoch = seconds[-1] if seconds else total
    return Probe(start=max(total - epoch * len(seconds), 0.0), epoch=epoch)


def cost(spec: StudySpec, planned: Plan, measured: Probe, at_once: int) -> tuple[float, float]:
    """Seconds the study will take, at least and at most.

    At most every search trial runs its whole budget; at least the pruner stops as many as its rule allows.
    """
    epochs = planned.epochs or PROBE_EPOCHS
    full = measured.start + epochs * measured.epoch
    ablation_seconds = planned.ablation_trials * full
    most = planned.search_trials * full
    least = most
    if spec.early_terminate.type == "asha":
        least = planned.search_trials * (measured.start + _mean_asha_epochs(spec, epochs) * measured.epoch)
    return (ablation_seconds + least) / at_once, (ablation_seconds + most) / at_once


def _mean_asha_epochs(spec: StudySpec, epochs: int) -> float:
    """Mean epochs of a trial when exactly 1/eta of those at each rung go on."""
    stops = prune.rungs(spec.early_terminate.min_iter, spec.early_terminate.eta, epochs)
    mean, alive, before = 0.0, 1.0, 0
    for stop in stops:
        mean += alive * (stop - before)
        alive, before = alive / spec.early_terminate.eta, stop
    return mean + alive * (epochs - before)


def first_configuration(spec: StudySpec, stated: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A complete configuration: what is stated, then the baseline, then constants, then the middle of each domain.

    Used where some configuration is needed and none was chosen: the probe and `sweep try`.
    """
    given = {**(spec.ablation.baseline if spec.ablation else {}), **(stated or {})}
    config, _ = designs.complete(spec.parameters, given, lambda name, _: typical(spec.parameters[name].domain), "first")
    return config


def typical(domain: Domain) -> Any:
    """The first choice, or the middle of a range on its own scale."""
    if isinstance(domain, Constant):
        return domain.value
    if isinstance(domain, Choice):
        return domain.choices[0]
    if isinstance(domain, Normal):
        return parameters.normal_quantile(domain, 0.5)
    middle = math.sqrt(domain.low * domain.high) if domain.log else (domain.low + domain.high) / 2
    return parameters.quantise(domain, round(middle) if isinstance(domain, IntUniform) else middle)
