"""The Shapley values of a study, with the runs they are computed from and their verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sweep.errors import UsageError
from sweep.model.arm import Arm
from sweep.report.evidence import Evidence, goal_of
from sweep.spec import shapley as design
from sweep.spec.arms import BASELINE
from sweep.statistics.shapley import (
    MOST_EXACT,
    Share,
    shapley_interactions,
    shapley_values,
)
from sweep.statistics.shapley_sampling import Permutation, sampled_shapley_values
from sweep.statistics.verdicts import Judgement, verdict_of_interval

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ShapleyValues:
    """What each component adds to a metric.

    Attributes:
        metric: the metric's name.
        components: names, in the order of the file.
        arms: number of a subset → its arm; subset 0 is the baseline.
        seeds: with which every subset was completed.
        left_out: seeds that lack a completed subset.
        values: of the components; empty with too few seeds, see `problem`.
        interactions: of every pair of components; empty where permutations were sampled.
        verdicts: of the components, in order.
        total: full minus baseline, mean over the same seeds.
        trials: all trials that the values are computed from.
        permutations: number of sampled orders, 0 where every subset was trained.
        problem: why there are no values.
    """

    metric: str
    components: tuple[str, ...]
    arms: Mapping[int, Arm]
    seeds: tuple[int, ...]
    left_out: tuple[int, ...]
    values: tuple[Share, ...] = ()
    interactions: tuple[Share, ...] = ()
    verdicts: tuple[Judgement, ...] = ()
    total: float = float("nan")
    trials: tuple[int, ...] = ()
    permutations: int = 0
    problem: str = ""


def shapley_of(evidence: Evidence) -> ShapleyValues | None:
    """The Shapley values on the evidence's first metric; None without the design or arms."""
    ablation = evidence.history.spec.ablation
    if ablation is None or not ablation.designs.shapley:
        return None
    entries = ablation.designs.shapley
    arms = _arms(evidence, design.subsets(entries))
    if not arms:
        return None
    metric = evidence.metrics[0]
    by_seed = {subset: _by_seed(evidence, arm, metric) for subset, arm in arms.items()}
    with_all_subsets = set.intersection(*(set(values) for values in by_seed.values()))
    complete = [seed for seed in ablation.seeds if seed in with_all_subsets]
    missing = [seed for seed in ablation.seeds if seed not in with_all_subsets]
    rows = {}
    for subset, values in by_seed.items():
        rows[subset] = np.array([values[seed] for seed in complete])
    without_values = ShapleyValues(
        metric=metric,
        components=tuple(design.components(entries)),
        arms=arms,
        seeds=tuple(complete),
        left_out=tuple(missing),
    )
    permutations = design.permutations(entries)
    try:
        shares, interactions = _shares(rows, permutations, 1 - evidence.confidence)
    except UsageError as error:
        return replace(without_values, problem=str(error))
    baseline = rows[0]
    full = rows[max(rows)]
    return replace(
        without_values,
        values=shares,
        interactions=interactions,
        verdicts=tuple(_verdict(evidence, share, baseline) for share in shares),
        total=float(np.mean(full - baseline)),
        trials=_trials(evidence, list(arms.values()), complete),
        permutations=len(permutations),
    )


def _shares(
    rows: Mapping[int, Vector], permutations: Sequence[Permutation], alpha: float
) -> tuple[tuple[Share, ...], tuple[Share, ...]]:
    """The values of the components and of their pairs; no pairs for sampled permutations.

    Args:
        rows: subset → the metric with each seed.
        permutations: sampled orders of the components; empty if every subset was trained.
        alpha: joint error probability of the intervals.

    Raises:
        UsageError: too few seeds.
    """
    if permutations:
        return sampled_shapley_values(rows, permutations, alpha), ()
    matrix = np.column_stack([rows[subset] for subset in sorted(rows)])
    return shapley_values(matrix, alpha), shapley_interactions(matrix, alpha)


def name_of(shapley: ShapleyValues, share: Share) -> str:
    """`focal`; for an interaction `focal × Dice`."""
    return " × ".join(shapley.components[index] for index in share.components)


def _arms(evidence: Evidence, subsets: Sequence[int]) -> dict[int, Arm]:
    """Subset → its arm; empty until all arms exist."""
    trained = [arm for arm in evidence.every_arm.values() if arm.design == "shapley"]
    baseline = evidence.every_arm.get(BASELINE)
    if baseline is None or len(trained) != len(subsets) - 1:
        return {}
    return dict(zip(subsets, [baseline, *trained], strict=True))


def _by_seed(evidence: Evidence, arm: Arm, metric: str) -> dict[int, float]:
    """Seed → the metric, averaged over folds; only seeds that have all folds."""
    folds = evidence.folds or 1
    rows = evidence.runs(arm.name).dropna(subset=[metric])
    seed_of_row = rows["seed"].astype(int)
    means = {}
    for seed, runs in rows.groupby(seed_of_row):
        if len(runs) == folds:
            means[int(str(seed))] = float(runs[metric].mean())
    return means


def _verdict(evidence: Evidence, share: Share, baseline: Vector) -> Judgement:
    """The verdict of a value; a margin in percent is of the baseline's mean, taken as known."""
    ablation = evidence.history.spec.ablation
    margin = None if ablation is None else ablation.smallest_change
    size = None
    if margin is not None:
        size = margin.in_units(float(np.mean(baseline))) or None
    goal = goal_of(evidence.history, evidence.metrics[0])
    interval = share.interval
    verdict, direction = verdict_of_interval(interval.low, interval.high, goal, size)
    return Judgement(
        verdict,
        interval.mean,
        interval.low,
        interval.high,
        len(share.per_seed),
        direction,
    )


def _trials(
    evidence: Evidence, arms: Sequence[Arm], seeds: Sequence[int]
) -> tuple[int, ...]:
    """The complete trials of these arms with these seeds, in ascending order."""
    names = [arm.name for arm in arms]
    rows = evidence.complete
    is_used = rows["arm"].isin(names) & rows["seed"].isin(list(seeds))
    numbers = rows[is_used]["trial"].astype(int)
    return tuple(sorted(set(numbers.tolist())))


def is_sampled(shapley: ShapleyValues) -> bool:
    """Whether only some of the subsets were trained."""
    return shapley.permutations > 0 or len(shapley.components) > MOST_EXACT
