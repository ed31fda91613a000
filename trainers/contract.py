"""The contract between a trainer and the program that runs it.

    def train(config, run):
        model, optimizer = ...
        start = run.restore(model=model, optimizer=optimizer)      # 0 on a fresh trial
        for epoch in range(start, config["epochs"]):
            ...
            if run.report(epoch, {"val/f_score": f}):
                break                                   # the trial is stopped; its state is saved

A trainer draws all random numbers from `run.seed`, so that the same seed gives the same numbers on
any worker. A study that decomposes the variance of a result (Bouthillier et al. 2021,
"Accounting for Variance in Machine Learning Benchmarks") also gives a run `seeds`, one for each
source of randomness; a trainer reads them with `seeds_of(run)`.

A trainer may have a `preload`, which reads the data before any trial starts. It runs in a process
that is then forked for each trial, so that no trial reads the data again.

    @with_preload(preload)
    def train(config, run): ...

`preload(config)` is called with a configuration of the study, on one thread. The process must
stay forkable: `preload` leaves no thread running, does not initialise CUDA, and does not call
`backward`, which starts threads. The data are cached by the data set that the configuration names,
so that a trial with another data set reads its own. A trial gives the same numbers, bit for bit,
with and without `preload`. `preload` may raise the exceptions of `train`; the trial raises them
again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar


class Stateful(Protocol):
    """An object with PyTorch's state protocol, such as a module or an optimizer.

    A `torch.Generator` (get_state / set_state) is accepted as well.
    """

    def state_dict(self) -> Any:
        """Return the state to continue from: tensors, numbers, strings, lists and dicts.

        `torch.load` reads it with `weights_only=True`.
        """

    def load_state_dict(self, state_dict: Any) -> Any:
        """Restore the state that `state_dict` returned."""


class Run(Protocol):
    """The second argument of a trainer, after its configuration."""

    seed: int
    # The 0-based index of the held-out fold; None: the data set's fixed split.
    fold: int | None
    folds: int | None  # the number of folds; None if `fold` is None
    folder: Path  # the trial's folder; a trainer may write further files here

    def restore(self, **state: Any) -> int:
        """Register the objects a checkpoint holds and load the latest one if there is one.

        Returns the epoch to start from: 0 in a new trial. The global random states of Python, NumPy
        and torch are always saved; register every `torch.Generator` that you create.
        """

    def report(self, epoch: int, metrics: Mapping[str, float]) -> bool:
        """Save the registered state, report one epoch's metrics, and return whether to stop."""


Memory = Callable[[Mapping[str, Any]], str]
Trainer = Callable[[Mapping[str, Any], Run], None]
Preload = Callable[[Mapping[str, Any]], None]
T = TypeVar("T", bound=Callable[..., Any])


@dataclass(frozen=True)
class Seeds:
    """One seed for each source of randomness.

    Attributes:
        split: the split into train, validation and test, if each run draws its own
            (`split: by_seed`).
        init: the initial weights, and the model's random numbers during training (dropout).
        order: the order and the augmentation of the data.
    """

    split: int
    init: int
    order: int


class SeededByName(Protocol):
    """A run with a seed for each source of randomness; `seeds` may lack names."""

    seeds: Mapping[str, int]


def seeds_of(run: Run | SeededByName) -> Seeds:
    """Return the run's seeds by name, with `run.seed` for every name that `run.seeds` lacks.

    Raises:
        ValueError: an unknown name, or a seed that is not an integer of at least 0.
    """
    names = tuple(Seeds.__dataclass_fields__)
    given: Mapping[str, int] = getattr(run, "seeds", None) or {}
    unknown = [name for name in given if name not in names]
    if unknown:
        raise ValueError(
            f"run.seeds has {', '.join(unknown)}; it may have: {', '.join(names)}"
        )
    for name, seed in given.items():
        if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
            raise ValueError(
                f"run.seeds: {name} is {seed!r}, expected an integer of at least 0"
            )
    return Seeds(**{name: given.get(name, getattr(run, "seed", 0)) for name in names})


def with_preload(preload: Preload) -> Callable[[T], T]:
    """Set the attribute `preload` of a trainer's function."""

    def mark(train: T) -> T:
        vars(train)["preload"] = preload
        return train

    return mark


def with_memory(memory: Memory) -> Callable[[T], T]:
    """Set the attribute `memory` of a trainer's function.

    `memory(config)` returns a sentence on the memory that the data need, which `sweep plan` shows.
    It reads the number and size of the data only.
    """

    def mark(train: T) -> T:
        vars(train)["memory"] = memory
        return train

    return mark


def preload_of(train: Callable[..., Any]) -> Preload | None:
    """Return a trainer's `preload`, or None if it has none.

    Raises:
        TypeError: the attribute exists but is not callable.
    """
    preload = getattr(train, "preload", None)
    if preload is not None and not callable(preload):
        raise TypeError(
            f"preload of {train!r} is {preload!r}, expected a function of a configuration"
        )
    return preload
