"""What a tracker is told and what it does: the seam."""

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
    """The study that is written.

    Attributes:
        spec: its name groups the runs.
        key: 12 hex digits that tell it from every other study of that name; the same in every
            session.
        folder: where a tracker keeps files that nobody gave another place, absolute.
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
    """One run a trial. It is only ever used by the thread that opened it.

    A tracker remembers nothing from one session to the next: it looks at what is there. So it does
    not matter where a process was killed, nor how often a trial is written.
    """

    def write(self, trial: Trial) -> None:
        """Bring the trial's run up to the trial: what is there stays, what is missing is added,
        each epoch once.

        A trial that has ended is written for the last time: its run gets the trial's state and the
        reason for it.
        """

    def close(self) -> None:
        """Let go of the runs that are open; those of unfinished trials are taken up
        again by the next session.
        """


Open = Callable[
    [Target, Any], Tracker
]  # the study; the tracker's section of the study file


def target(history: History, folder: Path) -> Target:
    """What trackers are told of a study."""
    origin = f"{history.spec.name}\n{history.created_at}\n{history.created.path}"
    digest = hashlib.sha256(origin.encode("utf-8", "surrogatepass")).hexdigest()
    return Target(history.spec, digest[:12], folder.resolve())


def begun(trial: Trial) -> bool:
    """Whether there is anything to write of a trial."""
    return trial.attempts > 0 or trial.state.finished


def run_name(trial: Trial) -> str:
    """The run's name, safe for a file's; the same as that of the trial's folder."""
    return trial_folder(trial)


def about(target: Target, trial: Trial) -> dict[str, Any]:
    """What a run is found by beside its configuration."""
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
    """What a finished trial's run says in the end."""
    said = {"state": trial.state.value}
    if trial.reason:
        said["reason"] = trial.reason
    if has_copied(trial):
        way = lineage(trial)
        copies = ", ".join(
            f"{s.trial} from {s.source} after {s.after}" for s in way.steps
        )
        said["lineage"] = (
            f"no result of the configuration that it began with: weights of trial {way.root}, "
            f"copied: {copies}"
        )
    return said


def numbers(report: Report) -> dict[str, float]:
    """An epoch's metrics; NaN for one that was not finite."""
    return {
        name: float("nan") if value is None else float(value)
        for name, value in report.metrics.items()
    }


def start_of(trial: Trial) -> float:
    """When a run begins that is opened now, in seconds since 1970: as long ago as its
    epochs so far took.
    """
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
    """The moment a finished trial's run ends at."""
    return start + reports.seconds(trial.reports) + trial.overhead


def succeeded(trial: Trial) -> bool:
    """Whether the trial is a result; a pruned one is none."""
    return trial.state is State.COMPLETE
