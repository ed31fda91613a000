"""Sets the global random generators of a trial as in a new interpreter.

Otherwise all children of a template process would draw the same numbers. A seed that the trainer's
module sets at its import (`torch.manual_seed(0)` at its top) must hold in the trial, as when the
script is run alone: the trial then starts from the state after the import.
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from typing import Any

_WORDS = 624  # of the Mersenne Twister's state
_MOST_TWISTS = 200  # how many numbers an import may draw without a seed: 200 × 624


@dataclass(frozen=True)
class Seeded:
    """The states that an import set by a seed; None: it did not seed that generator."""

    python: Any = None
    numpy: Any = None
    torch: Any = None


@dataclass(frozen=True)
class Before:
    """The generators before an import; of NumPy and torch only if they were loaded."""

    python: Any
    numpy: Any
    torch_seed: int | None


def before_import() -> Before:
    """The states of the generators that exist before an import."""
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    return Before(
        python=random.getstate(),
        numpy=numpy.random.get_state() if numpy is not None else None,
        torch_seed=torch.initial_seed() if torch is not None else None,
    )


def seeded_since(before: Before) -> Seeded:
    """Which generators an import has seeded.

    A generator that the import only drew from was not seeded: its state can be reached from the
    state before by drawing.
    """
    python = random.getstate()
    reached = _reachable(before.python[1], python[1])
    return Seeded(
        None if reached else python, _numpy_seeded(before), _torch_seeded(before)
    )


def begin_afresh(seeded: Seeded) -> None:
    """Set the generators to the seeded states, and all others to new random states."""
    if seeded.python is not None:
        random.setstate(seeded.python)
    else:
        random.seed()
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    if numpy is not None:
        if seeded.numpy is not None:
            numpy.random.set_state(seeded.numpy)
        else:
            numpy.random.seed()
    if torch is not None:
        if seeded.torch is not None:
            torch.set_rng_state(seeded.torch)
        else:
            torch.default_generator.seed()  # a GPU's seeds itself when CUDA starts


def kept_through() -> tuple[Any, Any, Any]:
    """The current states, for `put_back`: draws of `preload` must not affect the trial."""
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    return (
        random.getstate(),
        numpy.random.get_state() if numpy is not None else None,
        torch.get_rng_state() if torch is not None else None,
    )


def put_back(states: tuple[Any, Any, Any]) -> None:
    """Restore the states that `kept_through` returned."""
    python, numpy_state, torch_state = states
    random.setstate(python)
    if numpy_state is not None:
        sys.modules["numpy"].random.set_state(numpy_state)
    if torch_state is not None:
        sys.modules["torch"].set_rng_state(torch_state)


def _numpy_seeded(before: Before) -> Any:
    """NumPy's state if the import seeded it, else None."""
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    now = numpy.random.get_state()
    if now[0] != "MT19937":
        return now
    if before.numpy is None:
        # Imported meanwhile: seeded from the system's entropy, or by the module.
        entropy = numpy.random.mtrand._rand._bit_generator._seed_seq
        return None if entropy is not None else now
    then = (*map(int, before.numpy[1]), int(before.numpy[2]))
    return None if _reachable(then, (*map(int, now[1]), int(now[2]))) else now


def _torch_seeded(before: Before) -> Any:
    """Torch's state if the import seeded it, else None."""
    torch = sys.modules.get("torch")
    if torch is None:
        return None
    if before.torch_seed is None:
        # Imported meanwhile. The system's entropy has more than 32 bits, a typed seed fewer.
        return torch.get_rng_state() if torch.initial_seed() < 1 << 32 else None
    seeded = torch.initial_seed() != before.torch_seed
    return torch.get_rng_state() if seeded else None


def _reachable(before: tuple[int, ...], now: tuple[int, ...]) -> bool:
    """Whether drawing alone takes the Mersenne Twister from one state to the other."""
    if before[:_WORDS] == now[:_WORDS]:
        return True
    twister = random.Random()
    twister.setstate((3, before, None))
    for _ in range(_MOST_TWISTS):
        twister.getrandbits(32 * _WORDS)
        if twister.getstate()[1][:_WORDS] == now[:_WORDS]:
            return True
    return False
