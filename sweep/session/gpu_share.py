"""How many trials fit on a GPU, from the measured use of one trial.

Three resources limit the number: the GPU's memory, its time (without CUDA MPS the kernels of
several trials take turns, so their busy times add up), and the machine's CPU cores.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from sweep import durable
from sweep.provenance import mps
from sweep.session.gpu_monitor import GpuUse

# Of the free memory: allocators keep blocks, and a configuration may take more than the measured.
_MEMORY_USED = 0.9
_LEAST_BUSY = 0.01  # NVML counts whole percents
_FINEST = 10_000  # Ray counts GPUs in ten-thousandths
# trials on a GPU: of 100 and more, a share in ten-thousandths lets one more in
_MOST = 99


@dataclass(frozen=True)
class GpuShare:
    """A proposal for `resources.gpu`.

    Attributes:
        gpu: share of a GPU per trial, or the number of GPUs per trial; 0 means none.
        at_once: number of trials that this machine's GPUs run at the same time.
        limit: the resource that limits the number.
        words: one sentence with the measured figures.
    """

    gpu: float
    at_once: int
    limit: str
    words: str


NO_GPU_USED = GpuShare(
    0.0,
    0,
    "the trainer",
    "the trainer used no GPU, so trials get CPUs only: resources.gpu: 0",
)


def propose(
    use: GpuUse | None, *, gpus: int, cores: int, cpu: float, with_mps: bool
) -> GpuShare:
    """The share with which trials fill a GPU.

    Args:
        use: use of one trial; None if it used no GPU.
        gpus: of this machine.
        cores: CPU cores of this machine.
        cpu: CPUs that a trial is given.
        with_mps: kernels of several trials run at the same time.
    """
    if use is None:
        return NO_GPU_USED
    if use.gpus > 1:
        return _several(use, gpus)
    fit = _fit(use, gpus, cores, cpu, with_mps)
    limit = min(fit, key=lambda name: fit[name])
    trials = min(max(fit[limit], 1), _MOST)
    share = math.floor(_FINEST / trials) / _FINEST
    others = ", ".join(
        f"{name} {count}" for name, count in fit.items() if name != limit
    )
    words = (
        f"{_taken(use)}: {trials} trials fit on a GPU, limited by the {limit} "
        f"(other limits: {others}): resources.gpu: {share:g}"
    )
    return GpuShare(share, trials * gpus, limit, words)


def _several(use: GpuUse, gpus: int) -> GpuShare:
    at_once = max(gpus // use.gpus, 1)
    words = (
        f"a trial trained on {use.gpus} GPUs, with at most "
        f"{durable.size(use.memory)} on one of them: resources.gpu: {use.gpus}"
    )
    return GpuShare(float(use.gpus), at_once, "number of GPUs", words)


def _fit(
    use: GpuUse, gpus: int, cores: int, cpu: float, with_mps: bool
) -> dict[str, int]:
    """Resource → number of trials on a GPU that it allows."""
    fit = {"memory": int(_MEMORY_USED * use.free / use.memory)}
    if with_mps:
        fit["number of MPS clients"] = mps.MOST_CLIENTS
    elif use.busy:
        fit["busy time"] = int(1 / max(use.busy, _LEAST_BUSY) + 1e-9)
    fit["CPU cores"] = int(cores / cpu / gpus)
    return fit


def _taken(use: GpuUse) -> str:
    taken, free = durable.size(use.memory), durable.size(use.free)
    memory = f"a trial took {taken} of {free} of free GPU memory"
    if use.busy is None:
        return f"{memory} (this GPU does not report its utilization)"
    return f"{memory} and kept the GPU busy for {use.busy:.0%} of an epoch"
