"""sweep: from a study file to a defensible ablation table, without losing a trial.

import sweep

study = sweep.run("search_spaces/focal.yaml")  # or sweep.load("results/focal")
study.table()  # the ablation table as a DataFrame
study.plot("forest").savefig("forest.pdf")
train(config, sweep.LocalRun("somewhere"))  # a trainer without a study, e.g. in a notebook
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sweep.version import VERSION

if TYPE_CHECKING:
    from sweep.best import Best
    from sweep.elsewhere import from_frame
    from sweep.errors import SweepError
    from sweep.study import Study, load, resume, run, studies
    from sweep.worker.local_run import LocalRun

__version__ = VERSION
__all__ = [
    "Best",
    "LocalRun",
    "Study",
    "SweepError",
    "from_frame",
    "load",
    "resume",
    "run",
    "studies",
]

_STUDY = ("Study", "load", "resume", "run", "studies")
_HOME = {
    "Best": "sweep.best",
    "LocalRun": "sweep.worker.local_run",
    "SweepError": "sweep.errors",
    "from_frame": "sweep.elsewhere",
} | dict.fromkeys(_STUDY, "sweep.study")


def __getattr__(name: str) -> Any:
    """The public names, imported when they are first used, so that `sweep --help`
    answers at once.
    """
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'sweep' has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names and nothing else."""
    return sorted(__all__)
