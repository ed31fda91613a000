"""Writes a state of tensors for `torch.load`, in half the time of `torch.save` alone.

The file has torch's own format. For small models, most of the time of `torch.save` is Python code
that finds out, for each tensor, which kind of tensor it is. Here an ordinary tensor is recognised
at once and described by its storage, offset, size and strides. All other tensors (sparse,
quantised, parameters, of a subclass, with attributes) are left to torch.
"""

from __future__ import annotations

import pickle
from functools import cache
from types import SimpleNamespace
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

# Names of torch's dtypes, without the quantised ones.
_DTYPES = (
    *("float64", "float32", "float16", "bfloat16", "complex64", "complex128"),
    *("int64", "int32", "int16", "int8", "uint8", "bool"),
)


def save(state: object, file: IO[bytes]) -> None:
    """Write a state as `torch.save` does.

    A storage that tensors share is written once, and they share it again when read.

    Args:
        state: tensors on any device, numbers, strings, lists and dicts, nested.
        file: is written to and flushed, never read or positioned.
    """
    import torch

    torch.save(state, file, pickle_module=_pickle_module())


@cache
def _pickle_module() -> SimpleNamespace:
    """A replacement for the module `pickle` in `torch.save`; made once torch is imported."""
    import torch

    class Pickler(pickle.Pickler):
        def reducer_override(self, value: Any) -> Any:
            if isinstance(value, torch.Tensor) and _is_ordinary(value):
                return torch._utils._rebuild_tensor, _parts(value)
            return NotImplemented

    return SimpleNamespace(Pickler=Pickler, __name__=pickle.__name__)


def _parts(tensor: Tensor) -> tuple[Any, ...]:
    """Arguments of `torch._utils._rebuild_tensor`: storage, offset, size, strides."""
    storage = tensor._typed_storage()  # type: ignore[no-untyped-call]
    return storage, tensor.storage_offset(), tuple(tensor.shape), tensor.stride()


def _is_ordinary(tensor: Tensor) -> bool:
    """Whether its storage, offset, size and strides describe a tensor completely."""
    import torch

    is_dense = (
        type(tensor) is torch.Tensor
        and tensor.layout is torch.strided
        and tensor.device.type in ("cpu", "cuda")
        and tensor.dtype in _dtypes()
    )
    if not is_dense or tensor.__dict__:
        return False
    return not (
        tensor.requires_grad or tensor.is_nested or tensor.is_conj() or tensor.is_neg()
    )


@cache
def _dtypes() -> frozenset[Any]:
    import torch

    return frozenset(getattr(torch, name) for name in _DTYPES)
