"""The contract between a trainer and whoever runs it.

    def train(config, run):
        model, optimizer = ...
        start = run.restore(model=model, optimizer=optimizer)      # 0 on a fresh trial
        for epoch in range(start, config["epochs"]):
            ...
            if run.report(epoch, {"val/f_score": f}):
                break                                   # told to stop; the report saved the state

A trainer takes its randomness from `run.seed` alone, so that the same seed gives the same numbers
on any worker. Where the variance of a result is to be taken apart (Bouthillier et al. 2021,
"Accounting for Variance in Machine Learning Benchmarks"), a run also has `seeds`, one for each
source of randomness, and a trainer takes them with `seeds_of(run)`.

A trainer may have a `preload`: it reads the data before any trial starts, in a process that is then
forked for every trial, so that no trial reads them again.

    @with_preload(preload)
    def train(config, run): ...

`preload(config)` is called with a configuration of the study, with one thread. It must leave the
process fit to fork: no thread of its own is left running, no CUDA is initialised, nothing is
differentiated (`backward` starts threads). What it keeps is looked up by what the configuration
names, so that a trial with other data reads its own; a trial after it equals one without it to the
last bit. It may raise what `train` would raise; the trial then says so itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar


class Stateful(Protocol):
    """Anything with PyTorch's state protocol: modules, optimizers, schedulers, scalers, our own
    small classes.

    A `torch.Generator` (get_state / set_state) is accepted as well.
    """

    def state_dict(self) -> Any:
        """Everything needed to go on, as tensors, numbers, strings, lists and dicts
        (`weights_only=True` loads it).
        """

    def load_state_dict(self, state_dict: Any) -> Any:
        """Take back what `state_dict` returned."""


class Run(Protocol):
    """What a trainer is given beside its configuration."""

    seed: int
    fold: (
        int | None
    )  # 0-based index of the held-out fold, None: the data set's fixed split
    folds: int | None  # how many folds there are, None with fold None
    folder: Path  # the trial's own folder; a trainer may write further files here

    def restore(self, **state: Any) -> int:
        """Register the objects a checkpoint holds and load the latest one if there is one.

        Returns the epoch to start from: 0 on a fresh trial. Random states of Python, NumPy and
        torch are carried without being named; name every `torch.Generator` of your own.
        """

    def report(self, epoch: int, metrics: Mapping[str, float]) -> bool:
        """Save the registered state and hand over one epoch's metrics; True means: stop now."""


Memory = Callable[[Mapping[str, Any]], str]
Trainer = Callable[[Mapping[str, Any], Run], None]
Preload = Callable[[Mapping[str, Any]], None]
T = TypeVar("T", bound=Callable[..., Any])


@dataclass(frozen=True)
class Seeds:
    """One seed for each source of randomness.

    Attributes:
        split: which samples train, validate and test, where the split is drawn for each run
            (`split: by_seed`).
        init: the initial weights, and what the model draws while training (dropout).
        order: the order of the data, and their augmentation.
    """

    split: int
    init: int
    order: int


class SeededByName(Protocol):
    """A run that draws the sources of randomness apart; `seeds` may lack names."""

    seeds: Mapping[str, int]


def seeds_of(run: Run | SeededByName) -> Seeds:
    """The run's seeds by name: `run.seeds` where it has them, `run.seed` for every name that it
    lacks.

    Raises:
        ValueError: a name that is no source of randomness, or a seed that is no integer of at least
            0.
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
    """Give a trainer its `preload`, an attribute of the function."""

    def mark(train: T) -> T:
        vars(train)["preload"] = preload
        return train

    return mark


def with_memory(memory: Memory) -> Callable[[T], T]:
    """Give a trainer its `memory`, an attribute of the function: what its data take, in a sentence
    for a person who plans a study. Nothing is read but the number and size of what there is.
    """

    def mark(train: T) -> T:
        vars(train)["memory"] = memory
        return train

    return mark


def preload_of(train: Callable[..., Any]) -> Preload | None:
    """A trainer's `preload`, None where it has none.

    Raises:
        TypeError: the attribute is there and is no function.
    """
    preload = getattr(train, "preload", None)
    if preload is not None and not callable(preload):
        raise TypeError(
            f"preload of {train!r} is {preload!r}, expected a function of a configuration"
        )
    return preload
