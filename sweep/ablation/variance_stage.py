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
    for arm in baselines:
        if not retune.ready(history.spec, arm):
            continue
        trained = {trial.seed for trial in history.cohort(NAME, arm.name)}
        for number, seeds in enumerate(runs):
            if number not in trained:
                return _run(arm, number, seeds)
    final = baselines and all(retune.ready(history.spec, arm) for arm in baselines)
    return "done" if final else "wait"


def squares(spec: StudySpec) -> list[dict[str, int]]:
    """The seeds of each run; none without the section `ablation.variance`."""
    rule = None if spec.ablation is None else spec.ablation.variance
    if rule is None:
        return []
    levels = latin_levels(rule.levels, rule.sources)
    return list(_seeds(levels))


def _seeds(levels: Mapping[str, tuple[int, ...]]) -> Iterator[dict[str, int]]:
    runs = len(next(iter(levels.values())))
    held = (0,) * runs  # a source that is not asked about is the same in every run
    for run in range(runs):
        drawn = {source: levels.get(source, held)[run] for source in SOURCES}
        yield {
            source: _APART * SOURCES.index(source) + level
            for source, level in drawn.items()
        }


def _run(arm: Arm, number: int, seeds: Mapping[str, int]) -> Proposal:
    attributes = {"seeds": dict(seeds), "group": arm.name}
    label = f"{arm.name}, variance"
    return Proposal(NAME, label, arm.config, number, attributes=attributes)
