"""What a study asks of a machine that this one does not have: noted, since it may run elsewhere."""

from __future__ import annotations

import os

from sweep.provenance import environment
from sweep.spec import StudySpec


def notes(spec: StudySpec) -> list[str]:
    """A sentence for each resource of a trial that this machine has less of."""
    asked, found = spec.resources, []
    gpus = environment.gpus()
    if asked.gpu is not None and asked.gpu > gpus:
        there = "no GPU" if gpus == 0 else f"{gpus} GPU{'s' if gpus > 1 else ''}"
        found.append(_sentence("gpu", asked.gpu, there))
    cpus = os.cpu_count() or 1
    if asked.cpu > cpus:
        found.append(_sentence("cpu", asked.cpu, f"{cpus} CPUs"))
    return found


def _sentence(key: str, asked: float, there: str) -> str:
    return (
        f"resources.{key}: {asked:g} for each trial, and this machine has {there}: no trial could "
        f"start here, only on a cluster (--address)"
    )
