"""Which attempt a worker takes up: the one that was decided first of those that wait.

Ray fixes what a new actor is given when it begins to start the actor, seconds before the actor is
there, and lets a free actor run a trial that another actor is being started for. So the assignment
is kept apart from Ray's trial, and waiting trials exchange theirs: whichever of them starts, it has
the earliest. A new actor asks for its assignment when it is up.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from typing import Any

from ray.experimental import internal_kv
from ray.tune.experiment import Trial as RayTrial

from sweep.model.trial import Assignment

ASSIGNMENT = "assignment"  # key of a Ray trial's configuration
_NAMESPACE = b"sweep-assignments"


class Holder:
    """Keeps Ray from flattening an assignment into hundreds of experiment-tag parts, and from
    copying it four times.

    Attributes:
        assignment: what the trial will run; exchanged while it waits.
        order: when it was decided on.
    """

    def __init__(self, assignment: Assignment, order: int):
        self.assignment, self.order = assignment, order

    def __str__(self) -> str:
        return str(self.assignment.trial)

    def __deepcopy__(self, memo: dict[int, Any]) -> Holder:
        return self  # a worker gets a copy of its own


def holder(trial: RayTrial) -> Holder:
    """What a Ray trial holds."""
    held: Holder = trial.config[ASSIGNMENT]
    return held


def take_earliest(trial: RayTrial, waiting: Iterable[RayTrial]) -> None:
    """Let a trial that is about to start have the earliest assignment of those that wait.

    Only among trials that are given the same share of a machine.
    """
    alike = [each for each in waiting if _share(each) == _share(trial)]
    first = min([trial, *alike], key=lambda each: holder(each).order)
    own, other = holder(trial), holder(first)
    own.assignment, other.assignment = other.assignment, own.assignment
    own.order, other.order = other.order, own.order


def tell(trial: RayTrial) -> None:
    """Leave a trial's assignment where its new actor will look."""
    internal_kv._internal_kv_put(
        trial.trial_id.encode(),
        pickle.dumps(holder(trial).assignment),
        namespace=_NAMESPACE,
    )


def hear(trial_id: str) -> Assignment:
    """What `tell` left for this actor."""
    key = trial_id.encode()
    found = internal_kv._internal_kv_get(key, namespace=_NAMESPACE)
    internal_kv._internal_kv_del(key, namespace=_NAMESPACE)
    assignment: Assignment = pickle.loads(found)  # noqa: S301  (written by our driver)
    return assignment


def _share(trial: RayTrial) -> Any:
    return trial.placement_group_factory
