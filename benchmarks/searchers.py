"""The searches compared by quality, each behind three calls, so that one virtual clock drives all
of them.

Each is used as its documentation says, with its defaults beside the rungs, which are the same for
all that have rungs. The space of Optuna, and of Ray Tune's `OptunaSearch`, is a function of the
trial: so both know conditional parameters.
"""

from __future__ import annotations

import random
import warnings
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from benchmarks.spaces import Space, read
from sweep.log.lines import Record, as_read, encode
from sweep.model import conditions
from sweep.model.domains import Choice, Constant, IntUniform, Uniform
from sweep.samplers.drawing import draw_configuration

if TYPE_CHECKING:
    import optuna


class Searcher(Protocol):
    """A search that runs several trials at a time."""

    def ask(self) -> tuple[Any, dict[str, Any]]:
        """A handle and a configuration to train."""

    def trained(self, handle: Any) -> int:
        """Epochs that it was trained before: it goes on from there."""

    def tell(self, handle: Any, epoch: int, value: float) -> bool:
        """Report an epoch; whether the trial stops here. After the last epoch it does."""


class Sweep:
    """This project's schedule and stages over a log in memory, without an engine; by default what
    `sweep init` writes.
    """

    def __init__(
        self,
        space: Space,
        seed: int,
        folder: Path,
        method: str = "gp_multifidelity",
        pruner: str = "asha",
    ):
        from sweep.history.event_records import to_record
        from sweep.history.folding import fold
        from sweep.model.events import StudyCreated
        from sweep.search import search_stage
        from sweep.session.schedule import Schedule

        wanted = space.write(folder, method, pruner, seed)
        log: Any = MemoryLog()
        created = to_record(StudyCreated(wanted.canonical(), wanted.source))
        self._schedule = Schedule(
            log, fold(log.append(created)), [search_stage.propose], folder
        )
        self._epochs = space.epochs

    def ask(self) -> tuple[Any, dict[str, Any]]:
        """The schedule's next trial."""
        given = self._schedule.next()
        if isinstance(given, str):
            raise RuntimeError(
                f"the schedule has no trial: {given} {self._schedule.stop_reason}"
            )
        self._schedule.started(given.trial)
        return given.trial, dict(given.config)

    def trained(self, handle: Any) -> int:
        """What a trial that was promoted had reported before it paused."""
        return len(self._schedule.history.trials[handle].reports)

    def tell(self, handle: Any, epoch: int, value: float) -> bool:
        """An epoch for the schedule."""
        from sweep.model.trial import EpochReport

        if self._schedule.reported(
            handle, EpochReport(epoch, {"accuracy": value}, 1.0, None)
        ):
            return True
        if epoch + 1 < self._epochs:
            return False
        self._schedule.completed(handle, 0.0)
        return True


class MemoryLog:
    """A log that is kept in memory: what a schedule asks of `EventLog`, without a disk."""

    def __init__(self) -> None:
        self._count = 0

    def append(self, *events: Record) -> list[Record]:
        """The events' records, as a reader of a log on disk would see them."""
        records = []
        for event in events:
            line, _ = encode({"seq": self._count, "time": 0.0, **event}, 0)
            records.append(as_read(line))
            self._count += 1
        return records


class Optuna:
    """Optuna as its documentation has it: TPE and successive halving, or another pruner
    of its own.
    """

    def __init__(
        self,
        space: Space,
        seed: int,
        folder: Path,
        pruner: str = "SuccessiveHalvingPruner",
        **sampling: Any,
    ):
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        more: dict[str, Any] = {}
        if pruner != "MedianPruner":
            more = {"reduction_factor": 3, "min_resource": 3}
        if pruner == "HyperbandPruner":
            more["max_resource"] = space.epochs
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            tpe = optuna.samplers.TPESampler(seed=seed, **sampling)
        self._space = space
        self._study = optuna.create_study(
            direction="maximize",
            sampler=tpe,
            pruner=getattr(optuna.pruners, pruner)(**more),
        )

    def ask(self) -> tuple[Any, dict[str, Any]]:
        """A trial of the study."""
        trial = self._study.ask()
        return trial, suggested(self._space, trial)

    def trained(self, handle: Any) -> int:
        """Every trial begins anew."""
        return 0

    def tell(self, handle: Any, epoch: int, value: float) -> bool:
        """Report, and tell where the trial ends."""
        import optuna

        handle.report(value, epoch + 1)
        last = epoch + 1 == self._space.epochs
        pruned = not last and handle.should_prune()
        if pruned:
            self._study.tell(handle, state=optuna.trial.TrialState.PRUNED)
        elif last:
            self._study.tell(handle, value)
        return bool(pruned or last)


def suggested(space: Space, trial: optuna.Trial) -> dict[str, Any]:
    """A configuration, asked of Optuna parameter by parameter as a program that it drives does."""
    drawn: dict[str, Any] = {}
    wanted = read(space).parameters
    for name in conditions.order(wanted):
        domain = wanted[name].domain
        if not conditions.is_active(wanted[name], drawn):
            continue
        if isinstance(domain, Constant):
            drawn[name] = domain.value
        elif isinstance(domain, Choice):
            drawn[name] = trial.suggest_categorical(name, domain.choices)
        elif isinstance(domain, Uniform):
            drawn[name] = trial.suggest_float(
                name, domain.low, domain.high, log=domain.log
            )
        elif isinstance(domain, IntUniform):
            drawn[name] = trial.suggest_int(
                name, domain.low, domain.high, log=domain.log
            )
        else:
            raise TypeError(f"{name}: no way to suggest from {domain!r}")
    return drawn


class RayTune:
    """Ray Tune's own `OptunaSearch` and `ASHAScheduler`, called as its controller calls them."""

    def __init__(self, space: Space, seed: int, folder: Path):
        from ray.tune.schedulers import ASHAScheduler
        from ray.tune.search.optuna import OptunaSearch

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._search = OptunaSearch(
                partial(suggested, space), metric="accuracy", mode="max", seed=seed
            )
        self._epochs = space.epochs
        limits = {"max_t": space.epochs, "grace_period": 3, "reduction_factor": 3}
        self._asha = ASHAScheduler(
            time_attr="training_iteration", metric="accuracy", mode="max", **limits
        )
        self._asked = 0

    def ask(self) -> tuple[Any, dict[str, Any]]:
        """A suggestion, and a stand-in for Ray's trial."""
        from types import SimpleNamespace

        self._asked += 1
        trial = SimpleNamespace(trial_id=f"{self._asked}")
        config = self._search.suggest(trial.trial_id)
        self._asha.on_trial_add(None, trial)
        return trial, dict(config)

    def trained(self, handle: Any) -> int:
        """Every trial begins anew."""
        return 0

    def tell(self, handle: Any, epoch: int, value: float) -> bool:
        """A result for the scheduler, then for the search."""
        from ray.tune.schedulers import TrialScheduler

        result = {"training_iteration": epoch + 1, "accuracy": value}
        if self._asha.on_trial_result(None, handle, result) != TrialScheduler.STOP:
            self._search.on_trial_result(handle.trial_id, result)
            if epoch + 1 < self._epochs:
                return False
        self._asha.on_trial_complete(None, handle, result)
        self._search.on_trial_complete(handle.trial_id, result)
        return True


class Random:
    """Random search, every trial to its end."""

    def __init__(self, space: Space, seed: int, folder: Path):
        self._space, self._generator = space, random.Random(seed)

    def ask(self) -> tuple[Any, dict[str, Any]]:
        """A draw."""
        seed = self._generator.getrandbits(32)
        return None, draw_configuration(read(self._space).parameters, seed)

    def trained(self, handle: Any) -> int:
        """Every trial begins anew."""
        return 0

    def tell(self, handle: Any, epoch: int, value: float) -> bool:
        """Only the budget ends a trial."""
        return epoch + 1 == self._space.epochs
