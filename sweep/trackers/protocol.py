"""The protocol of a tracker."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, Protocol

from sweep.history.history import History
from sweep.model import reports
from sweep.model.lineage import has_copied, lineage
from sweep.model.trial import Report, State, Trial, trial_folder
from sweep.spec import StudySpec


@dataclass(frozen=True)
class Target:
    """The study that is logged.

    Attributes:
        spec: the study; its name groups the runs.
        key: 12 hex digits that identify the study in every session.
        folder: the default folder for a tracker's files, absolute.
    """

    spec: StudySpec
    key: str
    folder: Path

    def place(self, given: str | None) -> Path:
        """A folder of this study's own in one that the study file names, else the
        study's folder.
        """
        return (
            self.folder
            if given is None
            else Path(self.spec.base_dir, given) / f"{self.spec.slug}-{self.key[:6]}"
        )


class Tracker(Protocol):
    """Writes one run for each trial. Only the thread that opened it uses it.

    A tracker keeps no state between sessions; it reads what it has written before. So a process may
    be killed at any time, and a trial may be written repeatedly.
    """

    def write(self, trial: Trial) -> None:
        """Add to a trial's run what is missing, each epoch once.

        If the trial has ended, its run gets the trial's state and reason, and is closed.
        """

    def close(self) -> None:
        """Close open runs; the next session continues those of unfinished trials."""


Open = Callable[
    [Target, Any], Tracker
]  # the study; the tracker's section of the study file


def target(history: History, folder: Path) -> Target:
    """The target that trackers receive for a study."""
    origin = f"{history.spec.name}\n{history.created_at}\n{history.created.path}"
    digest = hashlib.sha256(origin.encode("utf-8", "surrogatepass")).hexdigest()
    return Target(history.spec, digest[:12], folder.resolve())


def begun(trial: Trial) -> bool:
    """Whether a trial has anything to write."""
    return trial.attempts > 0 or trial.state.finished


def run_name(trial: Trial) -> str:
    """The run's name, safe for a file's; the same as that of the trial's folder."""
    return trial_folder(trial)


def about(target: Target, trial: Trial) -> dict[str, Any]:
    """Attributes of a run besides its configuration, for filters."""
    said: dict[str, Any] = {
        "study": target.spec.name,
        "trial": trial.number,
        "stage": trial.stage,
        "arm": trial.label,
    }
    said |= {"seed": trial.seed} | ({} if trial.fold is None else {"fold": trial.fold})
    return said | (
        {"reused": f"{trial.attributes['reused']['study']}"} if trial.reused else {}
    )


def ending(trial: Trial) -> dict[str, str]:
    """The final attributes of an ended trial's run."""
    said = {"state": trial.state.value}
    if trial.reason:
        said["reason"] = trial.reason
    if has_copied(trial):
        way = lineage(trial)
        copies = ", ".join(
            f"{s.trial} from {s.source} after {s.after}" for s in way.steps
        )
        said["lineage"] = (
            "not a result of its first configuration: weights from trial "
            f"{way.root}, copied: {copies}"
        )
    return said


def numbers(report: Report) -> dict[str, float]:
    """An epoch's metrics; NaN for a value that was not finite."""
    return {
        name: float("nan") if value is None else float(value)
        for name, value in report.metrics.items()
    }


def start_of(trial: Trial) -> float:
    """The start time of a run, in seconds since 1970: now minus the duration of its epochs."""
    return time.time() - reports.seconds(trial.reports)


def timed(trial: Trial, start: float) -> Iterator[tuple[Report, float]]:
    """Each epoch and the moment it ends at.

    Moments count training alone, whenever and in how many sessions it was.
    """
    reports = list(trial.reports)
    moments = accumulate((report.seconds for report in reports), initial=start)
    next(moments)
    return zip(reports, moments, strict=True)


def end_of(trial: Trial, start: float) -> float:
    """The end time of an ended trial's run."""
    return start + reports.seconds(trial.reports) + trial.overhead


def succeeded(trial: Trial) -> bool:
    """Whether the trial is complete; a pruned one is not."""
    return trial.state is State.COMPLETE
