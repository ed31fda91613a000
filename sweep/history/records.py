"""The records that a running study adds to its log about a trial; `sweep.history.history` takes them in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sweep.model.finding import Finding
    from sweep.model.trial import EpochReport


def epoch(number: int, report: EpochReport, pruned: str | None) -> Mapping[str, Any]:
    """One epoch of a trial, and why it is pruned with it."""
    return {
        "event": "epoch",
        "trial": number,
        "epoch": report.epoch,
        "metrics": report.metrics,
        "seconds": round(report.seconds, 6),
        "checkpoint": report.checkpoint,
        **({} if pruned is None else {"pruned": pruned}),
    }


def notice(text: str, trial: int | None = None) -> dict[str, Any]:
    """A sentence for a reader, about a trial or the study."""
    return {"event": "notice", "message": text, "trial": trial}


def broken(finding: Finding, trial: int, *, stopped: bool) -> Mapping[str, Any]:
    """The notice of a health rule that a trial broke, and whether it was stopped for it."""
    text = f"{finding} (the trial was stopped)" if stopped else str(finding)
    return {**notice(text, trial), "rule": finding.rule, "epoch": finding.epoch}


def interrupted(number: int, reason: str, overhead: float = 0.0) -> dict[str, Any]:
    """A trial that has no worker any more and will have one again."""
    return {
        "event": "trial_interrupted",
        "trial": number,
        "reason": reason,
        "overhead": round(overhead, 6),
    }
