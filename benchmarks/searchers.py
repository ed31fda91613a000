"""The searches that are compared, behind one protocol, so that one virtual clock drives them all.

Each is used as documented, with its default settings except the rungs, which are the same for all.
The space of Optuna and of Ray Tune's `OptunaSearch` is a function of the trial, so that both have
conditional parameters.
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
        """Return a handle and a configuration to train."""

    def trained(self, handle: Any) -> int:
        """Return the epochs that the configuration is trained already."""

    def tell(self, handle: Any, epoch: int, value: float) -> bool:
        """Report an epoch; return whether the trial stops, which it does after the last epoch."""


class Sweep:
    """This project's schedule and stages over a log in memory, without an engine.

    The defaults are those that `sweep init` writes.
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

        study = space.write(folder, method, pruner, seed)
        log: Any = MemoryLog()
        created = to_record(StudyCreated(study.canonical(), study.source))
        self._schedule = Schedule(
            log, fold(log.append(created)), [search_stage.propose], folder
        )
        self._epochs = space.epochs

    def ask(self) -> tuple[Any, dict[str, Any]]:
        """Return the schedule's next trial."""
        assignment = self._schedule.next()
        if isinstance(assignment, str):
            raise RuntimeError(
                f"the schedule has no trial: {assignment} {self._schedule.stop_reason}"
            )
        self._schedule.started(assignment.trial)
        return assignment.trial, dict(assignment.config)

    def trained(self, handle: Any) -> int:
        """Return the epochs that a promoted trial reported before it paused."""
        return len(self._schedule.history.trials[handle].reports)

    def tell(self, handle: Any, epoch: int, value: float) -> bool:
        """Report an epoch to the schedule; return whether the trial stops."""
        from sweep.model.trial import EpochReport

        report = EpochReport(epoch, {"accuracy": value}, 1.0, None)
        if self._schedule.reported(handle, report):
            return True
        if epoch + 1 < self._epochs:
            return False
        self._schedule.completed(handle, 0.0)
        return True


class MemoryLog:
    """A log in memory, with the method of `EventLog` that a schedule needs."""

    def __init__(self) -> None:
        self._count = 0

    def append(self, *events: Record) -> list[Record]:
        """Return the events' records, as a reader of a log on disk would return them."""
        records = []
        for event in events:
            line, _ = encode({"seq": self._count, "time": 0.0, **event}, 0)
            records.append(as_read(line))
            self._count += 1
        return records


class Optuna:
    """Optuna as documented: TPE and successive halving, or another of its pruners."""

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
        pruning: dict[str, Any] = {}
        if pruner != "MedianPruner":
            pruning = {"reduction_factor": 3, "min_resource": 3}
        if pruner == "HyperbandPruner":
            pruning["max_resource"] = space.epochs
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            tpe = optuna.samplers.TPESampler(seed=seed, **sampling)
        self._space = space
        self._study = optuna.create_study(
            direction="maximize",
            sampler=tpe,
            pruner=getattr(optuna.pruners, pruner)(**pruning),
        )

    def ask(self) -> tuple[Any, dict[str, Any]]:
        """Return a trial of the study and its configuration."""
        trial = self._study.ask()
        return trial, suggested(self._space, trial)

    def trained(self, handle: Any) -> int:
        """Return 0: every trial starts at its first epoch."""
        return 0

    def tell(self, handle: Any, epoch: int, value: float) -> bool:
        """Report a value and tell the study a trial's end; return whether the trial has ended."""
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
    """Return a configuration that a trial of Optuna suggests, parameter by parameter."""
    config: dict[str, Any] = {}
    parameters = read(space).parameters
    for name in conditions.order(parameters):
        domain = parameters[name].domain
        if not conditions.is_active(parameters[name], config):
            continue
        if isinstance(domain, Constant):
            config[name] = domain.value
        elif isinstance(domain, Choice):
            config[name] = trial.suggest_categorical(name, domain.choices)
        elif isinstance(domain, Uniform):
            config[name] = trial.suggest_float(
                name, domain.low, domain.high, log=domain.log
            )
        elif isinstance(domain, IntUniform):
            config[name] = trial.suggest_int(
                name, domain.low, domain.high, log=domain.log
            )
        else:
            raise TypeError(f"{name}: no way to suggest from {domain!r}")
    return config


class RayTune:
    """Ray Tune's `OptunaSearch` and `ASHAScheduler`, called as its controller calls them."""

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
        self._trial_count = 0

    def ask(self) -> tuple[Any, dict[str, Any]]:
        """Return a stand-in for Ray's trial, and a suggestion."""
        from types import SimpleNamespace

        self._trial_count += 1
        trial = SimpleNamespace(trial_id=f"{self._trial_count}")
        config = self._search.suggest(trial.trial_id)
        self._asha.on_trial_add(None, trial)
        return trial, dict(config)

    def trained(self, handle: Any) -> int:
        """Return 0: every trial starts at its first epoch."""
        return 0

    def tell(self, handle: Any, epoch: int, value: float) -> bool:
        """Report a result to the scheduler, then to the search; return whether the trial stops."""
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
    """Random search that trains every trial to its end."""

    def __init__(self, space: Space, seed: int, folder: Path):
        self._space, self._generator = space, random.Random(seed)

    def ask(self) -> tuple[Any, dict[str, Any]]:
        """Return a random configuration."""
        seed = self._generator.getrandbits(32)
        return None, draw_configuration(read(self._space).parameters, seed)

    def trained(self, handle: Any) -> int:
        """Return 0: every trial starts at its first epoch."""
        return 0

    def tell(self, handle: Any, epoch: int, value: float) -> bool:
        """Return whether this was the last epoch."""
        return epoch + 1 == self._space.epochs
