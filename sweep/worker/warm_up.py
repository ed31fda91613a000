"""Imports that a template process makes once for all its trials, and its environment.

A first optimiser step imports `torch._dynamo` (0.9 s), a first checkpoint torch's serialization.
Both are done here with a small model. `backward` is not called: it would start autograd's threads.
Everything runs with one thread: after OpenMP has run a parallel region with two threads, the first
such region in a forked child would wait for ever.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Any

from sweep import trainer
from sweep.worker import pickling

# Set in template processes alone. NVML tells whether there is a GPU without starting CUDA, which a
# forked process could not use. A fixed hash seed gives sets of strings the same order in all
# processes. With large pages a fork takes two thirds of the time.
FOR_TEMPLATE = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
    "PYTHONHASHSEED": "0",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
_USERS = ("PYTHONHASHSEED", "GLIBC_TUNABLES")  # a value that the user set is kept
_ORIGINAL = "SWEEP_ORIGINAL_"  # prefix of variables that hold an original value


def environment(path: Sequence[str] = ()) -> dict[str, str]:
    """The environment of a template process: that of this process, with one thread.

    Args:
        path: further folders to import from.
    """
    variables = dict(os.environ)
    if path:
        previous = variables.get("PYTHONPATH")
        variables["PYTHONPATH"] = os.pathsep.join(
            [*path, *([previous] if previous else [])]
        )
    for name, value in FOR_TEMPLATE.items():
        if name in variables:
            variables[_ORIGINAL + name] = variables[name]
        if name not in variables or name not in _USERS:
            variables[name] = value
    return variables


def restore_environment() -> None:
    """Restore the variables that the study was started with, for a trial."""
    _restore(os.environ)


def original_environment() -> dict[str, str]:
    """This environment without the values that `environment` set.

    A value that the trainer's module has changed since is kept.
    """
    variables = dict(os.environ)
    _restore(variables)
    return variables


def _restore(variables: MutableMapping[str, str]) -> None:
    """Undo what `environment` set; a forked process copies a memory page for each change."""
    for name, value in FOR_TEMPLATE.items():
        original = variables.pop(_ORIGINAL + name, None)
        if variables.get(name) != value:
            continue
        if original is None:
            del variables[name]
        else:
            variables[name] = original


def load_trainer(
    name: str, base: str, command: Mapping[str, Any] | None
) -> Callable[..., None]:
    """Import the trainer in the way that its script would be run.

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
    """A forward and a backward pass with two threads, for a test in a forked process."""
    import torch

    torch.set_num_threads(2)
    matrix = torch.ones(256, 256, requires_grad=True)
    (matrix @ matrix).sum().backward()  # type: ignore[no-untyped-call]


def has_torch() -> bool:
    """Whether torch was imported."""
    return "torch" in sys.modules
