"""A state of tensors as a file that `torch.load` reads, in half the time of `torch.save` alone.

The file is torch's own, and anything that reads torch's files reads it. Only the way there is
shorter: of small models, most of `torch.save` is Python that finds out, tensor by tensor, which
kind of tensor it has before it. Here an ordinary tensor is told at once and described by the four
things that make it: its storage, offset, size and strides. Every other one (sparse, quantised, a
parameter, of a subclass, with attributes) is left to torch.
"""

from __future__ import annotations

import pickle
from functools import cache
from types import SimpleNamespace
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


def save(state: object, file: IO[bytes]) -> None:
    """Write a state, as `torch.save` does: storages that tensors share are written once and shared
    when read.

    Args:
        state: tensors on any device, numbers, strings, lists and dicts, nested.
        file: is written to and flushed, never read or positioned.
    """
    import torch

    torch.save(state, file, pickle_module=_module())


@cache
def _module() -> SimpleNamespace:
    """What `torch.save` takes in place of the module `pickle`; made once torch is imported."""
    import torch

    dtypes = frozenset(
        {
            *(
                torch.float64,
                torch.float32,
                torch.float16,
                torch.bfloat16,
                torch.complex64,
                torch.complex128,
            ),
            *(
                torch.int64,
                torch.int32,
                torch.int16,
                torch.int8,
                torch.uint8,
                torch.bool,
            ),
        }
    )

    def is_ordinary(tensor: Tensor) -> bool:
        """Whether it is made by its storage, offset, size and strides alone."""
        return (
            type(tensor) is torch.Tensor
            and tensor.layout is torch.strided
            and tensor.device.type in ("cpu", "cuda")
            and tensor.dtype in dtypes  # the quantised ones are not among them
            and not (
                tensor.requires_grad
                or tensor.is_nested
                or tensor.is_conj()
                or tensor.is_neg()
            )
            and not tensor.__dict__
        )

    class Pickler(pickle.Pickler):
        def reducer_override(self, thing: Any) -> Any:
            if isinstance(thing, torch.Tensor) and is_ordinary(thing):
                storage = thing._typed_storage()  # type: ignore[no-untyped-call]
                made_by = (
                    storage,
                    thing.storage_offset(),
                    tuple(thing.shape),
                    thing.stride(),
                )
                return torch._utils._rebuild_tensor, made_by
            return NotImplemented

    return SimpleNamespace(Pickler=Pickler, __name__=pickle.__name__)
