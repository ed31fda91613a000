"""Notes on resources that a study needs and this machine lacks; it may run elsewhere."""

from __future__ import annotations

import os

from sweep.provenance import environment
from sweep.spec import StudySpec


def notes(spec: StudySpec) -> list[str]:
    """A sentence for each resource of which a trial needs more than this machine has."""
    asked, sentences = spec.resources, []
    gpus = environment.gpus()
    if asked.gpu is not None and asked.gpu > gpus:
        available = "no GPU" if gpus == 0 else f"{gpus} GPU{'s' if gpus > 1 else ''}"
        sentences.append(_sentence("gpu", asked.gpu, available))
    cpus = os.cpu_count() or 1
    if asked.cpu > cpus:
        sentences.append(_sentence("cpu", asked.cpu, f"{cpus} CPUs"))
    return sentences


def _sentence(key: str, needed: float, available: str) -> str:
    return (
        f"resources.{key}: each trial needs {needed:g}, and this machine has {available}: "
        f"no trial can start here, only on a cluster (--address)"
    )
