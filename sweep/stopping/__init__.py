"""Whether a running trial goes on, as pure functions of what the log says.

A pruner sees the trial with its reports and its rivals (the trials of the same stage, in the order
they were created) and answers None to go on or a sentence saying why to stop. It keeps nothing
between calls, so a resumed study decides exactly as an uninterrupted one. Beside each rule stands
the least that is trained under it, for the plan (`LEAST`).

| rule | stops a trial |
|---|---|
| `asha` | that is not among the best 1/eta at a rung |
| `median` | whose best value is behind the median of the others' running averages |
| `percentile` | whose best value is not among the best so many per cent at its epoch |
| `patient` | that no longer improves, alone or if another rule then says so |
| `threshold` | whose value leaves a range, or is not finite |
| `hyperband` | by the rule of W&B sweeps, asked at every report |
| `wilcoxon` | no trial: a configuration is not trained on its remaining seeds and folds (`BETWEEN_RUNS`) |
"""

from __future__ import annotations

from collections.abc import Mapping

from sweep.errors import named
from sweep.stopping.asha import asha, rungs
from sweep.stopping.hyperband import brackets, hyperband
from sweep.stopping.least import LEAST, trained
from sweep.stopping.median import median
from sweep.stopping.patient import patient
from sweep.stopping.percentile import percentile
from sweep.stopping.protocol import Pruner, keep_all, may_stop
from sweep.stopping.threshold import threshold
from sweep.stopping.wilcoxon import wilcoxon
from sweep.stopping.wrapped import WRAPPED

__all__ = [
    "BETWEEN_RUNS",
    "LEAST",
    "PRUNERS",
    "Pruner",
    "asha",
    "brackets",
    "hyperband",
    "may_stop",
    "median",
    "patient",
    "percentile",
    "pruner",
    "rungs",
    "threshold",
    "trained",
    "wilcoxon",
]

PRUNERS: Mapping[str, Pruner] = {
    "none": keep_all,
    **WRAPPED,
    "patient": patient,
    "wilcoxon": wilcoxon,
}
BETWEEN_RUNS = frozenset(
    {"wilcoxon"}
)  # asked when a run has ended, whether the configuration gets the next one


def pruner(name: str) -> Pruner:
    """The pruner of a name.

    Raises:
        UnknownName: no such pruner.
    """
    return named(PRUNERS, name, "early_terminate type")
