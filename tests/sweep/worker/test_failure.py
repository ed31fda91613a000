"""What failed, in one line: the error by its name, and where in the trainer's code."""

import numpy as np
import pytest
import torch

from sweep.errors import TrialDiverged
from sweep.worker.failure import describe


class OutOfMemoryError(RuntimeError):
    """Named as torch's."""


def test_cuda_out_of_memory_is_called_by_its_name():
    assert describe(
        OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
    ).startswith("CUDA out of memory: ")


@pytest.mark.parametrize(
    "error, said",
    [
        (
            RuntimeError("CUDA error: out of memory\nCompile with ..."),
            "CUDA out of memory: CUDA error: out of memory",
        ),
        (
            RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling ..."),
            "CUDA out of memory: CUDA error: CUB",
        ),
        (MemoryError(), "out of memory: no message"),
        (
            MemoryError("Unable to allocate 8.0 EiB for an array"),
            "out of memory: Unable to allocate 8.0 EiB",
        ),
    ],
)
def test_every_message_about_too_little_memory_is_called_out_of_memory(error, said):
    assert describe(error).startswith(said)


def test_what_torch_and_numpy_really_raise_is_called_out_of_memory():
    for allocate in (lambda: torch.empty(2**55), lambda: np.empty(2**55)):
        with pytest.raises((RuntimeError, MemoryError)) as raised:
            allocate()
        assert describe(raised.value).startswith("out of memory: "), str(raised.value)


def test_an_error_of_sweep_is_described_without_a_line_of_code():
    assert (
        describe(TrialDiverged("loss is nan at epoch 3"))
        == "TrialDiverged: loss is nan at epoch 3"
    )


def test_a_long_message_is_cut():
    assert len(describe(ValueError("x" * 10**6))) < 600
