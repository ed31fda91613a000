"""Assigns to each worker the earliest of the waiting attempts.

Ray fixes the arguments of a new actor when it begins to start it, seconds before the actor runs,
and lets a free actor run a trial that another actor is being started for. The assignment is
therefore stored apart from Ray's trial, and waiting trials exchange theirs, so that the one that
starts has the earliest. A new actor asks for its assignment when it runs.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ray.experimental import internal_kv

from sweep.model.trial import Assignment

if TYPE_CHECKING:  # a worker does not import Ray Tune
    from ray.tune.experiment import Trial as RayTrial

ASSIGNMENT = "assignment"  # key of a Ray trial's configuration
_NAMESPACE = b"sweep-assignments"


class Holder:
    """Wraps an assignment, so that Ray does not flatten it into hundreds of tags or copy it.

    Attributes:
        assignment: what the trial will run; exchanged while the trial waits.
        order: position in the order of decisions.
    """

    def __init__(self, assignment: Assignment, order: int):
        self.assignment, self.order = assignment, order

    def __str__(self) -> str:
        return str(self.assignment.trial)

    def __deepcopy__(self, memo: dict[int, Any]) -> Holder:
        return self  # a worker gets a pickled copy


def holder(trial: RayTrial) -> Holder:
    """The assignment of a Ray trial, in its holder."""
    assigned: Holder = trial.config[ASSIGNMENT]
    return assigned


def take_earliest(trial: RayTrial, waiting: Iterable[RayTrial]) -> None:
    """Give a trial that is about to start the earliest assignment of the waiting trials.

    Only trials with the same share of a machine exchange assignments.
    """
    same_share = [other for other in waiting if _share(other) == _share(trial)]
    holders = [holder(candidate) for candidate in [trial, *same_share]]
    starting, first = holders[0], min(holders, key=lambda candidate: candidate.order)
    starting.assignment, first.assignment = first.assignment, starting.assignment
    starting.order, first.order = first.order, starting.order


def tell(trial: RayTrial) -> None:
    """Store a trial's assignment for its new actor."""
    internal_kv._internal_kv_put(
        trial.trial_id.encode(),
        pickle.dumps(holder(trial).assignment),
        namespace=_NAMESPACE,
    )


def hear(trial_id: str) -> Assignment:
    """Read the assignment that `tell` stored for this actor."""
    key = trial_id.encode()
    stored = internal_kv._internal_kv_get(key, namespace=_NAMESPACE)
    internal_kv._internal_kv_del(key, namespace=_NAMESPACE)
    assignment: Assignment = pickle.loads(stored)  # noqa: S301  (written by our driver)
    return assignment


def _share(trial: RayTrial) -> Any:
    return trial.placement_group_factory
