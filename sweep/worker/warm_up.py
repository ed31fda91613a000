"""What a template process does once, so that its trials need not: import, read data, rehearse.

A first optimiser step imports `torch._dynamo` (0.9 s), a first checkpoint torch's serialization.
Both are done here on a model of four numbers. Never `backward`: it would start autograd's threads.
Everything runs with one thread: a process in which OpenMP ran a parallel region with two threads
cannot be forked, the first such region of the child would wait for ever.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sweep import trainer
from sweep.worker import pickling

# Set in a template process for its own sake. NVML tells whether there is a GPU without starting
# CUDA, which a forked process could not use. Sets of strings are in one order in all processes.
# With large pages a fork takes two thirds of the time.
FOR_TEMPLATE = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
    "PYTHONHASHSEED": "0",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
_USERS = ("PYTHONHASHSEED", "GLIBC_TUNABLES")  # as the user set it, if so
_ORIGINAL = "SWEEP_ORIGINAL_"  # in front of the name of a variable: what it was before


def environment(path: Sequence[str] = ()) -> dict[str, str]:
    """What a template process is started with: this environment, and one thread everywhere.

    Args:
        path: further folders to import from.
    """
    given = dict(os.environ)
    if path:
        before = given.get("PYTHONPATH")
        given["PYTHONPATH"] = os.pathsep.join([*path, *([before] if before else [])])
    for name, value in FOR_TEMPLATE.items():
        if name in given:
            given[_ORIGINAL + name] = given[name]
        if name not in given or name not in _USERS:
            given[name] = value
    return given


def restore_environment() -> None:
    """Give a trial the variables that its study was started with."""
    original = original_environment()
    for name in list(os.environ):
        if name not in original:
            del os.environ[name]
    os.environ.update(original)


def original_environment() -> dict[str, str]:
    """This environment without what `environment` added, unless the trainer's module changed it."""
    found = dict(os.environ)
    for name, value in FOR_TEMPLATE.items():
        before = found.pop(_ORIGINAL + name, None)
        if found.get(name) == value:
            if before is None:
                del found[name]
            else:
                found[name] = before
    return found


def load_trainer(
    name: str, base: str, command: Mapping[str, Any] | None
) -> Callable[..., None]:
    """Import the trainer as the script that it is.

    Raises:
        TrainerNotFound: see `sweep.trainer.load`.
    """
    return trainer.load(trainer.resolve(name, base), keep=True)


def rehearse() -> None:
    """Let torch import what the first step and the first checkpoint of a trial need."""
    import torch

    torch.set_num_threads(1)
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    torch.nn.functional.mse_loss(model(torch.ones(1, 2)), torch.ones(1, 1))
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
    file = io.BytesIO()
    pickling.save(state, file)
    file.seek(0)
    torch.load(file, map_location="cpu", weights_only=True)


def trains_with_threads() -> None:
    """What a forked process tries: a forward and a backward pass with two threads."""
    import torch

    torch.set_num_threads(2)
    matrix = torch.ones(256, 256, requires_grad=True)
    (matrix @ matrix).sum().backward()  # type: ignore[no-untyped-call]


def has_torch() -> bool:
    """Whether torch was imported."""
    return "torch" in sys.modules
