"""Ends attempts that were told to stop, and hears which files they have stored at their end."""

from __future__ import annotations

from typing import Any

import ray
from ray.tune.experiment import Trial as RayTrial

from sweep.engine.assigning import holder
from sweep.model.trial import Assignment
from sweep.session.schedule import Schedule

LAST_ENDINGS = 10.0  # seconds to wait for answers when Ray has ended its workers


class Endings:
    """The attempts that were told to stop and have not ended yet."""

    def __init__(self, schedule: Schedule):
        self._schedule = schedule
        # future: SHA-256 of the last manifest, or None → the attempt
        self._awaited: dict[Any, Assignment] = {}

    def end(self, trial: RayTrial) -> None:
        """Let the worker end a trial that was told to stop.

        Ray itself sends a worker nothing until it has another trial for it. A paused trial that
        continues on another worker would have to wait for that.
        """
        actor = trial.temporary_state.ray_actor
        if actor is not None:
            self._awaited[actor.end_attempt.remote()] = holder(trial).assignment

    def hear(self, seconds: float = 0.0) -> None:
        """Record the files of attempts that have ended.

        Args:
            seconds: how long to wait for the others.
        """
        if not self._awaited:
            return
        futures = list(self._awaited)
        ended, _ = ray.wait(futures, num_returns=len(futures), timeout=seconds)
        for future in ended:
            assignment = self._awaited.pop(future)
            manifest = _answer(future)
            self._schedule.stored(assignment.trial, assignment.attempt, manifest)


def _answer(future: Any) -> str | None:
    """What a worker answered; None if it died: the state that the log named before counts."""
    try:
        manifest: str | None = ray.get(future)
    except ray.exceptions.RayError:
        return None
    return manifest
