"""The stage that seeds split, initialisation and data order separately, to measure their variances.

The baseline is trained on a Latin square of seeds: each pair of levels of two sources occurs once
(`sweep.statistics.variance_components.latin_levels`). These runs are not results of the ablation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sweep.ablation import retune
from sweep.history.history import History
from sweep.model.arm import Arm
from sweep.model.trial import Idle, Proposal
from sweep.spec import StudySpec
from sweep.statistics.variance_components import latin_levels

NAME = "variance"
SOURCES = ("split", "init", "order")
_APART = 1000  # between the seeds of two sources: no two sources share one


def propose(history: History) -> Proposal | Idle:
    """The next run of the square, for the baseline of the first task with a missing run."""
    runs = squares(history.spec)
    if not runs:
        return "done"
    baselines = [arm for arm in history.arms if arm.design == "baseline"]
    all_ready = bool(baselines)
    for arm in baselines:
        if not retune.ready(history.spec, arm):
            all_ready = False
            continue
        started = {trial.seed for trial in history.cohort(NAME, arm.name)}
        for number, seeds in enumerate(runs):
            if number not in started:
                return _run(arm, number, seeds)
    return "done" if all_ready else "wait"


def squares(spec: StudySpec) -> list[dict[str, int]]:
    """The seeds of each run; none without the section `ablation.variance`."""
    if spec.ablation is None or spec.ablation.variance is None:
        return []
    rule = spec.ablation.variance
    levels = latin_levels(rule.levels, rule.sources)
    return list(_seeds(levels))


def _seeds(levels: Mapping[str, tuple[int, ...]]) -> Iterator[dict[str, int]]:
    """Source → its seed, for each run.

    Args:
        levels: source → its level in each run. A source that is not in it has the same seed in
            every run.
    """
    runs = len(next(iter(levels.values())))
    same_in_every_run = (0,) * runs
    for run in range(runs):
        seeds = {}
        for position, source in enumerate(SOURCES):
            level = levels.get(source, same_in_every_run)[run]
            seeds[source] = _APART * position + level
        yield seeds


def _run(arm: Arm, number: int, seeds: Mapping[str, int]) -> Proposal:
    """The proposal of one run of the square, which has its number as the seed."""
    attributes = {"seeds": dict(seeds), "group": arm.name}
    label = f"{arm.name}, variance"
    return Proposal(NAME, label, arm.config, number, attributes=attributes)
