"""The `run` object a trainer is given: it restores, reports, and says when to stop.

`LocalRun` is the whole of it. In a notebook or a debugger it stands alone; in a worker `on_report`
carries each report to the study and brings back whether to stop. A trainer cannot tell the
difference.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import orjson

from sweep import durable
from sweep.errors import ReportOutOfOrder, TrialDiverged, TrialError
from sweep.model.epoch_numbers import first_epoch
from sweep.model.trial import EpochReport
from sweep.worker import metric_values
from sweep.worker.checkpoint import Checkpoints, random_states, set_random_states
from sweep.worker.metric_names import check_reported, check_spelling
from sweep.worker.metric_values import epoch_number

HISTORY_FILE = "history.jsonl"
LARGEST = 1e150  # a metric beyond it counts as infinite: the square of its spread, which a report is made of, would be
_MOST_UNHEARD = 16  # reports that a checkpoint carries because the study may not know them yet


class LocalRun:
    """A trainer's run, in this process.

    Args:
        folder: where `history.jsonl` and `checkpoints/` go; created if missing.
        seed, fold, folds: see `sweep_trainers.contract.Run`.
        seeds: see `sweep_trainers.contract.SeededByName`; none: every source follows `seed`.
        metric: the study's metric; required in some report when given, and what `best.pt` is
            chosen by.
        goal: whether more or less of `metric` is better.
        last_epoch: the last epoch known to the study; a later checkpoint is used only if it holds
            the reports that the study never heard of, which are then handed over first. None: use
            the latest.
        expected: SHA-256 of the checkpoints by epoch, as the study remembers them.
        on_report: receives each report once its checkpoint is durable, returns True to stop the
            trainer.
        waits: whether `on_report` returns from an epoch's report, taken in so many seconds, only
            when the study knows it. Reports on which nobody waits go into the next checkpoints as
            well, until one is waited for.
        checkpoint_every: epochs between checkpoints; the best epoch and the last one always get
            theirs.
        checkpoint_keep: so many of the latest stay, and the best one always; `all`: every one.
        epochs: that the trainer is to train, where that is known; only messages depend on it.
        notify: receives sentences a reader of the study should know (a damaged checkpoint was
            skipped).

    Raises:
        CannotWrite: here and in every method that writes: the disk is full or failing. Nothing is
            torn.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        seed: int = 0,
        seeds: Mapping[str, int] | None = None,
        fold: int | None = None,
        folds: int | None = None,
        metric: str | None = None,
        goal: Literal["maximize", "minimize"] = "maximize",
        last_epoch: int | None = None,
        expected: Mapping[int, str] | None = None,
        on_report: Callable[[EpochReport], bool] = lambda report: False,
        waits: Callable[[int, float], bool] = lambda epoch, seconds: True,
        checkpoint_every: int = 1,
        checkpoint_keep: int | Literal["all"] = 2,
        epochs: int | None = None,
        notify: Callable[[str], None] = lambda message: None,
    ):
        self.folder = Path(folder)
        durable.make_folder(self.folder)
        self.seed, self.fold, self.folds = seed, fold, folds
        self.seeds = dict(seeds or {})
        self._metric, self._goal = metric, goal
        self._last_epoch, self._expected = last_epoch, expected
        self._on_report, self._every, self._keep = on_report, checkpoint_every, checkpoint_keep
        self._waits = waits
        self._budget = epochs
        self._first_reports: list[int] = []  # the numbers of the first two
        self._known = (
            -1 if last_epoch is None else last_epoch
        )  # the last epoch that the study is certain to know
        self._unheard: list[EpochReport] = []  # those behind it
        self._checkpoints = Checkpoints(self.folder, notify)
        self._state: dict[str, Any] = {}
        self._reported = self._saved = -1
        self._best: tuple[float, int] | None = None
        self._names: dict[str, None] = {}  # of every metric reported
        self._stopped = self._dismissed = False  # told to stop by a report; while it was restored
        self._clock = time.monotonic()

    def restore(self, **state: Any) -> int:
        """Register what a checkpoint holds; load the latest one; return the epoch to start from (0
        if fresh).

        Raises:
            TypeError: an object has neither `state_dict`/`load_state_dict` nor a generator's
                `get_state`/`set_state`.
        """
        for name, thing in state.items():
            _state_of(name, thing)
        self._state = state
        loaded = self._checkpoints.load(self._last_epoch, self._expected, self._completes)
        if loaded is None:
            self._cut_history(after=-1)
            self._clock = time.monotonic()
            return 0
        epoch, saved = loaded
        if set(saved["objects"]) != set(state):
            raise TrialError(
                f"{self._checkpoints.path(epoch)} holds {sorted(saved['objects'])}, the trainer now registers "
                f"{sorted(state)}; start the trial in a new folder"
            )
        for name, thing in state.items():
            (thing.set_state if _is_generator(thing) else thing.load_state_dict)(
                saved["objects"][name]
            )
        set_random_states(saved["random"])
        self._reported = self._saved = epoch
        self._best = tuple(saved["best"]) if saved["best"] is not None else None
        self._cut_history(after=epoch)
        self._tell_unheard(epoch, saved)
        self._clock = time.monotonic()
        return epoch + 1

    def _completes(self, saved: Mapping[str, Any]) -> bool:
        """Whether a checkpoint later than the study's last epoch holds every report in between."""
        unheard = saved.get("unheard")
        if not unheard:
            return False
        return bool(unheard["known"] <= self._known and unheard["reports"][-1][0] == saved["epoch"])

    def _tell_unheard(self, epoch: int, saved: Mapping[str, Any]) -> None:
        """Hand over what the study never heard, because its process or this one's forerunner was killed meanwhile."""
        if self._last_epoch is None or epoch <= self._last_epoch:
            return
        for number, metrics, seconds, digest in saved["unheard"]["reports"]:
            if number > self._last_epoch:
                own = digest if number < epoch else self._checkpoints.digest(epoch)
                self._dismissed = self._on_report(
                    EpochReport(number, metrics, seconds, own, waits=number == epoch)
                )
        self._known = epoch

    @property
    def metric(self) -> str | None:
        """The study's metric, which some report has to carry."""
        return self._metric

    def proceed(self) -> int:
        """For a trainer that keeps its own state: the epoch behind those that the study knows, whose history stays."""
        self._reported = -1 if self._last_epoch is None else self._last_epoch
        self._cut_history(after=self._reported)
        self._clock = time.monotonic()
        return self._reported + 1

    def report(self, epoch: int, metrics: Mapping[str, float]) -> bool:
        """Make one epoch durable and hand it over; True means: stop now.

        Raises:
            ReportOutOfOrder: `epoch` is not later than the last one.
            MetricMissing: a metric is the study's but for its case or punctuation.
            TrialDiverged: the study's metric or a training loss (`train/loss`, `loss`) is NaN,
                infinite or beyond ±`LARGEST`.
            TypeError: a value is not a number, or the epoch no integer.
        """
        if self._stopped:
            raise TrialError(
                "the trainer went on after it was told to stop: leave the loop when `report` returns True"
            )
        epoch = epoch_number(epoch)
        if epoch <= self._reported:
            after = f" after {self._reported}" if self._reported >= 0 else ""
            raise ReportOutOfOrder(
                f"run.report was given epoch {epoch}{after}; each epoch once, in order, "
                "the first one is 0 or 1"
            )
        numbers = metric_values.numbers(metrics)
        if len(self._first_reports) < 2:
            self._first_reports.append(epoch)
        self._check(epoch, numbers)
        if self._dismissed:  # what this epoch did is not wanted any more
            self._stopped = True
            return True
        self._reported = epoch
        self._note_best(epoch, numbers)
        due = (epoch + 1) % self._every == 0 or (self._best is not None and self._best[1] == epoch)
        finite = {name: value if abs(value) <= LARGEST else None for name, value in numbers.items()}
        taken = time.monotonic() - self._clock
        waits = self._waits(epoch, taken) or len(self._unheard) >= _MOST_UNHEARD
        latest = [] if waits else [EpochReport(epoch, finite, taken, None, waits)]
        digest = self._save(epoch, [*self._unheard, *latest]) if due else None
        now = time.monotonic()
        report = EpochReport(epoch, finite, now - self._clock, digest, waits)
        self._clock = now
        own = {"epoch": epoch, "seconds": report.seconds}  # they win over metrics of these names
        durable.append(
            self.folder / HISTORY_FILE, orjson.dumps({"epoch": epoch, **finite, **own}) + b"\n"
        )
        self._stopped = self._on_report(report)
        if waits:
            self._known, self._unheard = epoch, []
        else:
            self._unheard.append(report)
        if self._stopped:
            self.finish()
        self._prune(epoch)
        return self._stopped

    def epochs_done(self, epoch: int) -> int:
        """How many epochs are over at the report of `epoch`, as far as the reports so far tell."""
        first, *others = self._first_reports or [0]
        second = others[0] if others else None
        return epoch + 1 - first_epoch(first, second, epoch, self._budget)

    def finish(self) -> None:
        """Make sure that the last reported epoch has its checkpoint, and that some epoch had the
        study's metric; whoever called the trainer calls this after it.

        Raises:
            MetricMissing: the trainer ended, and no epoch had it.
        """
        if self._saved < self._reported:
            self._save(self._reported, self._unheard)
        elif self._state and self._known == self._reported:
            self._prune(
                self._reported
            )  # a process killed behind its last report has left older ones
        if self._last_epoch in (None, -1) and not self._stopped:
            check_reported(self._metric, self._names)

    def _prune(self, epoch: int) -> None:
        """Remove older checkpoints: the study knows the one of this epoch, or it holds all that the
        study may not know.

        By default the one before stays, so that a checkpoint damaged on disk costs an epoch and not
        the trial. Those of later epochs are from an attempt that the study never heard of; they
        will be written again.
        """
        until_now = [known for known in self._checkpoints.epochs if known <= epoch]
        latest = until_now if self._keep == "all" else until_now[-self._keep :]
        self._checkpoints.keep({*latest, self._best[1] if self._best else epoch})

    def _check(self, epoch: int, numbers: Mapping[str, float]) -> None:
        self._names |= dict.fromkeys(numbers)
        check_spelling(self._metric, self.epochs_done(epoch), numbers)
        for name in (self._metric, "train/loss", "loss"):
            if name is not None and name in numbers and not abs(numbers[name]) <= LARGEST:
                # nor is NaN
                limit = (
                    f"; beyond ±{LARGEST:g} it counts as infinite"
                    if math.isfinite(numbers[name])
                    else ""
                )
                raise TrialDiverged(
                    f"{name} is {numbers[name]} at epoch {self.epochs_done(epoch)}{limit}"
                )

    def _note_best(self, epoch: int, numbers: Mapping[str, float]) -> None:
        value = None if self._metric is None else numbers.get(self._metric)
        if value is None:
            return
        better = self._best is None or (
            value > self._best[0] if self._goal == "maximize" else value < self._best[0]
        )
        if better:
            self._best = (value, epoch)

    def _save(self, epoch: int, unheard: Sequence[EpochReport] = ()) -> str | None:
        if not self._state:
            return None
        reports = [[r.epoch, r.metrics, r.seconds, r.checkpoint] for r in unheard]
        digest = self._checkpoints.save(
            epoch,
            {
                "epoch": epoch,
                "best": self._best,
                "unheard": {"known": self._known, "reports": reports} if reports else None,
                "objects": {name: _state_of(name, thing) for name, thing in self._state.items()},
                "random": random_states(),
            },
        )
        self._saved = epoch
        if self._best is not None and self._best[1] == epoch:
            self._checkpoints.mark_best(epoch)
        return digest

    def _cut_history(self, after: int) -> None:
        """Drop epochs that will be trained again, so that each stands once in `history.jsonl`."""
        path = self.folder / HISTORY_FILE
        if path.exists():
            lines = path.read_bytes().splitlines(keepends=True)
            kept = [line for line in lines if _epoch_of(line) <= after]
            self._first_reports = [int(_epoch_of(line)) for line in kept[:2]]
            if kept != lines:
                durable.write_file(path, b"".join(kept), sync=False)


def _epoch_of(line: bytes) -> float:
    """The epoch of a line of `history.jsonl`; infinite for a line that a killed process or a bad disk left torn."""
    try:
        return float(orjson.loads(line)["epoch"]) if line.endswith(b"\n") else math.inf
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return math.inf


def _is_generator(thing: Any) -> bool:
    return hasattr(thing, "get_state") and hasattr(thing, "set_state")


def _state_of(name: str, thing: Any) -> Any:
    if _is_generator(thing):
        return thing.get_state()
    if hasattr(thing, "state_dict") and hasattr(thing, "load_state_dict"):
        return thing.state_dict()
    raise TypeError(
        f"run.restore({name}=...) was given a {type(thing).__name__}; a checkpoint can hold what has "
        f"state_dict() and load_state_dict(), or a torch.Generator"
    )
