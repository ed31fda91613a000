"""Notes on resources that a study needs and this machine lacks; it may run elsewhere."""

from __future__ import annotations

import os

from sweep.provenance import environment, mps
from sweep.spec import StudySpec

_SERIAL = "`--engine serial` runs one trial after another without it"


def notes(spec: StudySpec) -> list[str]:
    """A sentence for each resource of which a trial needs more than this machine has."""
    asked, sentences = spec.resources, []
    gpus = environment.gpus()
    share = asked.shares()[0].gpu
    if asked.measured and not gpus:
        sentences.append(
            "resources.gpu: auto measures a trial on a GPU, and this machine has none: Ray cannot "
            "start the study here. Leave gpu out, or write a share such as gpu: 0.25 for a cluster "
            f"with GPUs (--address); {_SERIAL}"
        )
    if share is not None and share > gpus:
        available = "no GPU" if gpus == 0 else f"{gpus} GPU{'s' if gpus > 1 else ''}"
        sentences.append(_sentence("gpu", share, available))
    is_shared = asked.measured or (share is not None and 0 < share < 1)
    if gpus and is_shared and not mps.running():
        sentences.append(without_mps())
    cpus = os.cpu_count() or 1
    if asked.cpu > cpus:
        sentences.append(_sentence("cpu", asked.cpu, f"{cpus} CPUs"))
    return sentences


def without_mps() -> str:
    """What trials that share a GPU miss where no MPS runs."""
    return (
        "trials that share a GPU take turns on it: no CUDA MPS answers in "
        f"{mps.pipes()}. With one (`{mps.START}`) their kernels run at the same time; see the page "
        "on GPUs"
    )


def _sentence(key: str, needed: float, available: str) -> str:
    return (
        f"resources.{key}: each trial needs {needed:g}, and this machine has {available}: "
        f"Ray can start no trial here, only on a cluster (--address); {_SERIAL}"
    )
