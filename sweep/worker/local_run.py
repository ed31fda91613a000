"""The `run` object that a trainer receives: it restores, reports, and tells when to stop.

In a notebook or a debugger, `LocalRun` works without a study. In a worker, `on_report` sends each
report to the study and returns whether to stop. The trainer's code is the same in both.
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
from sweep.worker.explored_values import Settings, carried_over, settings
from sweep.worker.metric_names import check_reported, check_spelling
from sweep.worker.metric_values import epoch_number
from sweep.worker.saved_objects import set_state, state_of

HISTORY_FILE = "history.jsonl"
# A larger metric counts as infinite: reports square differences of metrics, which would overflow.
LARGEST = 1e150
# Reports stored in a checkpoint because the study may not know them yet.
_MOST_UNHEARD = 16
# Checkpoints kept for other trials, which copy one before its trial waits at two later decisions.
MOST_NEEDED = 2


class LocalRun:
    """A trainer's run, in this process.

    Args:
        folder: for `history.jsonl` and `checkpoints/`; created if missing.
        seed, fold, folds: see `sweep_trainers.contract.Run`.
        seeds: see `sweep_trainers.contract.SeededByName`; None: every source uses `seed`.
        metric: the study's metric; some report must carry it, and it selects `best.pt`.
        goal: whether a larger or a smaller `metric` is better.
        last_epoch: the last epoch known to the study. A later checkpoint is used only if it holds
            all reports in between; they are sent first. None: use the latest checkpoint.
        expected: epoch → SHA-256 of its checkpoint, as the study recorded it.
        on_report: receives each report once its checkpoint is durable; returns True to stop the
            trainer.
        waits: (epoch, its seconds) → whether `on_report` returns only once the study knows the
            report. Other reports are also saved in checkpoints, until the study knows them.
        checkpoint_every: epochs between checkpoints; the best and the last epoch always have one.
        checkpoint_keep: how many of the latest to keep, besides the best one; `all`: every one.
        epochs: the trainer's budget, if it is known; only messages depend on it.
        explored: current values of parameters that change while the trial trains; restoring keeps
            them, see `sweep.worker.explored_values`.
        first_epoch: the trainer's number of its first epoch, where earlier reports have shown it;
            None: this run's reports show it.
        kept_after: counts of epochs after which other trials may copy a checkpoint: one is saved
            at each, and the last two of them are kept.
        notify: receives sentences for the reader of the study (a damaged checkpoint was skipped).

    Raises:
        CannotWrite: in every method that writes: the disk is full or failing. No file is left
            incomplete.
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
        explored: Mapping[str, Any] | None = None,
        first_epoch: int | None = None,
        kept_after: Sequence[int] = (),
        notify: Callable[[str], None] = lambda message: None,
    ):
        self.folder = Path(folder)
        durable.make_folder(self.folder)
        self.seed, self.fold, self.folds = seed, fold, folds
        self.seeds = dict(seeds or {})
        self._metric, self._goal = metric, goal
        self._last_epoch, self._expected = last_epoch, expected
        self._on_report, self._waits = on_report, waits
        self._every, self._keep = checkpoint_every, checkpoint_keep
        self._budget = epochs
        self._explored = dict(explored or {})
        self._known_first_epoch = first_epoch
        self._kept_after = frozenset(kept_after)
        # Each object's settings before it was loaded.
        self._built: dict[str, Settings] = {}
        self._first_reports: list[int] = []  # the numbers of the first two
        # The last epoch that the study is certain to know, and the reports after it.
        self._known = -1 if last_epoch is None else last_epoch
        self._unheard: list[EpochReport] = []
        self._checkpoints = Checkpoints(self.folder, notify)
        self._state: dict[str, Any] = {}
        self._reported = self._saved = -1
        self._best: tuple[float, int] | None = None
        self._names: dict[str, None] = {}  # of every metric reported
        self._stopped = False  # the study answered a report with: stop
        self._stopped_early = False  # the same, for a report sent while restoring
        self._clock = time.monotonic()

    def restore(self, **state: Any) -> int:
        """Register the state to save, load the latest checkpoint, return the next epoch.

        Raises:
            TypeError: an object has neither `state_dict`/`load_state_dict` nor a generator's
                `get_state`/`set_state`.
        """
        for name, stateful in state.items():
            built = state_of(name, stateful)
            if self._explored:
                self._built[name] = settings(stateful, built)
        self._state = state
        loaded = self._checkpoints.load(
            self._last_epoch, self._expected, self._completes
        )
        if loaded is None:
            self._cut_history(after=-1)
            self._clock = time.monotonic()
            return 0
        epoch, saved = loaded
        if set(saved["objects"]) != set(state):
            raise TrialError(
                f"{self._checkpoints.path(epoch)} holds {sorted(saved['objects'])}, "
                f"the trainer now registers {sorted(state)}; start the trial in a new folder"
            )
        for name, stateful in state.items():
            set_state(stateful, self._with_explored(name, stateful, saved))
        set_random_states(saved["random"])
        self._reported = self._saved = epoch
        self._best = self._best_of(saved)
        self._cut_history(after=epoch)
        self._send_unheard(epoch, saved)
        self._clock = time.monotonic()
        return epoch + 1

    def _best_of(self, saved: Mapping[str, Any]) -> tuple[float, int] | None:
        """The best value and its epoch in a checkpoint; None for an epoch of another trial."""
        if saved["best"] is None:
            return None
        value, epoch = saved["best"]
        if self._explored and epoch not in self._checkpoints.epochs:
            return None
        return value, epoch

    def _send_unheard(self, epoch: int, saved: Mapping[str, Any]) -> None:
        """Send the reports that were lost when the study's or the trial's process was killed."""
        if self._last_epoch is None or epoch <= self._last_epoch:
            return
        for number, metrics, seconds, digest in saved["unheard"]["reports"]:
            if number <= self._last_epoch:
                continue
            is_latest = number == epoch
            checkpoint = digest if number < epoch else self._checkpoints.digest(epoch)
            report = EpochReport(number, metrics, seconds, checkpoint, waits=is_latest)
            self._stopped_early = self._on_report(report)
        self._known = epoch

    def _with_explored(self, name: str, stateful: Any, saved: Mapping[str, Any]) -> Any:
        """The state of an object in a checkpoint, with the current explored values."""
        state, explored = saved["objects"][name], saved.get("explored")
        if not self._explored or explored is None:
            return state
        changed = {}
        for parameter, value in self._explored.items():
            previous = explored["values"].get(parameter)
            if previous != value:
                changed[parameter] = (previous, value)
        built = explored["built"].get(name, {})
        return carried_over(name, stateful, state, built, self._built[name], changed)

    def _completes(self, saved: Mapping[str, Any]) -> bool:
        """Whether a checkpoint later than the study's last epoch holds every report in between."""
        unheard = saved.get("unheard")
        if not unheard:
            return False
        begins_early_enough = unheard["known"] <= self._known
        last_epoch = unheard["reports"][-1][0]
        return bool(begins_early_enough and last_epoch == saved["epoch"])

    @property
    def metric(self) -> str | None:
        """The study's metric, which at least one report must carry."""
        return self._metric

    def proceed(self) -> int:
        """The first epoch the study does not know; for a trainer that keeps its own state."""
        self._reported = -1 if self._last_epoch is None else self._last_epoch
        self._cut_history(after=self._reported)
        self._clock = time.monotonic()
        return self._reported + 1

    def report(self, epoch: int, metrics: Mapping[str, float]) -> bool:
        """Make one epoch durable and send it to the study; True means: stop now.

        Raises:
            ReportOutOfOrder: `epoch` is not later than the last one.
            MetricMissing: a metric's name differs from the study's in case or punctuation only.
            TrialDiverged: the study's metric or a training loss (`train/loss`, `loss`) is NaN,
                infinite or beyond ±`LARGEST`.
            TypeError: a value is not a number, or the epoch is not an integer.
        """
        epoch = self._next_epoch(epoch)
        numbers = metric_values.numbers(metrics)
        if len(self._first_reports) < 2:
            self._first_reports.append(epoch)
        self._check(epoch, numbers)
        if self._stopped_early:  # the study stopped this trial before the epoch
            self._stopped = True
            return True
        self._reported = epoch
        self._note_best(epoch, numbers)
        report = self._durable_report(epoch, _finite(numbers))
        self._stopped = self._on_report(report)
        if report.waits:
            self._known, self._unheard = epoch, []
        else:
            self._unheard.append(report)
        if self._stopped:
            self.finish()
        self._prune(epoch)
        return self._stopped

    def _next_epoch(self, value: int) -> int:
        """The number of the epoch to report, checked."""
        if self._stopped:
            raise TrialError(
                "the trainer continued after run.report returned True, which asks "
                "it to stop: leave the loop then"
            )
        epoch = epoch_number(value)
        if epoch <= self._reported:
            previous = f" after {self._reported}" if self._reported >= 0 else ""
            raise ReportOutOfOrder(
                f"run.report was given epoch {epoch}{previous}; each epoch once, in order, "
                "the first one is 0 or 1"
            )
        return epoch

    def _durable_report(
        self, epoch: int, metrics: dict[str, float | None]
    ) -> EpochReport:
        """Write an epoch's checkpoint and its line of `history.jsonl`; its report."""
        seconds = time.monotonic() - self._clock
        waits = self._waits(epoch, seconds) or len(self._unheard) >= _MOST_UNHEARD
        digest = None
        if self._checkpoint_is_due(epoch):
            unheard = list(self._unheard)
            if not waits:
                unheard.append(EpochReport(epoch, metrics, seconds, None, waits))
            digest = self._save(epoch, unheard)
        now = time.monotonic()
        report = EpochReport(epoch, metrics, now - self._clock, digest, waits)
        self._clock = now
        # Metrics of these two names are replaced; `epoch` stays the first key.
        reserved = {"epoch": epoch, "seconds": report.seconds}
        line = {"epoch": epoch, **metrics, **reserved}
        durable.append(self.folder / HISTORY_FILE, orjson.dumps(line) + b"\n")
        return report

    def _checkpoint_is_due(self, epoch: int) -> bool:
        """Whether an epoch gets a checkpoint."""
        is_best = self._best is not None and self._best[1] == epoch
        is_in_interval = (epoch + 1) % self._every == 0
        return is_best or is_in_interval or self._others_need(epoch)

    def _others_need(self, epoch: int) -> bool:
        """Whether another trial may copy this epoch's checkpoint, or values change here."""
        return bool(self._kept_after) and self.epochs_done(epoch) in self._kept_after

    def epochs_done(self, epoch: int) -> int:
        """How many epochs are complete at the report of `epoch`, judging by the reports."""
        if self._known_first_epoch is not None:
            return epoch + 1 - self._known_first_epoch
        first, *others = self._first_reports or [0]
        second = others[0] if others else None
        return epoch + 1 - first_epoch(first, second, epoch, self._budget)

    def finish(self) -> None:
        """Save the checkpoint of the last epoch; call this after the trainer returns.

        Raises:
            MetricMissing: no epoch reported the study's metric.
        """
        if self._saved < self._reported:
            self._save(self._reported, self._unheard)
        elif self._state and self._known == self._reported:
            # A process that was killed after its last report left older checkpoints.
            self._prune(self._reported)
        if self._last_epoch in (None, -1) and not self._stopped:
            check_reported(self._metric, self._names)

    def _prune(self, epoch: int) -> None:
        """Remove older checkpoints, and later ones from an attempt that the study does not know.

        That is safe: the study knows this epoch, or its checkpoint holds all reports that the study
        may lack. By default the previous checkpoint stays, so that a damaged one costs only the
        epochs since the previous one.
        """
        until_now = [saved for saved in self._checkpoints.epochs if saved <= epoch]
        latest = until_now if self._keep == "all" else until_now[-self._keep :]
        needed = [saved for saved in until_now if self._others_need(saved)]
        best = self._best[1] if self._best else epoch
        self._checkpoints.keep({*latest, *needed[-MOST_NEEDED:], best})

    def _check(self, epoch: int, numbers: Mapping[str, float]) -> None:
        """Check the names and the values of an epoch's metrics; see `report` for the errors."""
        self._names |= dict.fromkeys(numbers)
        check_spelling(self._metric, self.epochs_done(epoch), numbers)
        for name in (self._metric, "train/loss", "loss"):
            if name is None or name not in numbers:
                continue
            value = numbers[name]
            if abs(value) <= LARGEST:  # False for NaN
                continue
            limit = ""
            if math.isfinite(value):
                limit = f"; values beyond ±{LARGEST:g} count as infinite"
            raise TrialDiverged(
                f"{name} is {value} at epoch {self.epochs_done(epoch)}{limit}"
            )

    def _note_best(self, epoch: int, numbers: Mapping[str, float]) -> None:
        """Remember the epoch if its value of the study's metric is the best so far."""
        value = None if self._metric is None else numbers.get(self._metric)
        if value is None:
            return
        if self._best is None or self._is_better(value, self._best[0]):
            self._best = (value, epoch)

    def _is_better(self, value: float, other: float) -> bool:
        """Whether `value` is strictly better than `other`."""
        return value > other if self._goal == "maximize" else value < other

    def _save(self, epoch: int, unheard: Sequence[EpochReport] = ()) -> str | None:
        """Save a checkpoint and return its SHA-256; None if the trainer registered no state."""
        if not self._state:
            return None
        reports = [[r.epoch, r.metrics, r.seconds, r.checkpoint] for r in unheard]
        content = {
            "epoch": epoch,
            "best": self._best,
            "unheard": {"known": self._known, "reports": reports} if reports else None,
            "objects": {
                name: state_of(name, each) for name, each in self._state.items()
            },
            "random": random_states(),
        }
        if self._explored:
            content["explored"] = {"values": self._explored, "built": self._built}
        digest = self._checkpoints.save(epoch, content)
        self._saved = epoch
        if self._best is not None and self._best[1] == epoch:
            self._checkpoints.mark_best(epoch)
        return digest

    def _cut_history(self, after: int) -> None:
        """Drop epochs that will be trained again: `history.jsonl` holds each epoch once."""
        path = self.folder / HISTORY_FILE
        if not path.exists():
            return
        lines = path.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if _epoch_of(line) <= after]
        self._first_reports = [int(_epoch_of(line)) for line in kept[:2]]
        if kept != lines:
            durable.write_file(path, b"".join(kept), sync=False)


def _finite(numbers: Mapping[str, float]) -> dict[str, float | None]:
    """The metrics, with None in place of NaN and infinite values."""
    finite: dict[str, float | None] = {}
    for name, value in numbers.items():
        finite[name] = value if abs(value) <= LARGEST else None
    return finite


def _epoch_of(line: bytes) -> float:
    """The epoch of a line of `history.jsonl`; infinite for an incomplete or damaged line."""
    if not line.endswith(b"\n"):
        return math.inf
    try:
        return float(orjson.loads(line)["epoch"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return math.inf
