"""The trainable that Ray Tune is given, and the actors that it starts in its place.

Ray Tune wants a `ray.tune.Trainable`, and starts an actor of that class in each worker, which
imports Ray Tune there. So do its arguments: the storage, where a trainable would keep its files,
and a description of the trial. The actors of `sweep.engine.actor` have the same methods, and get
the id of the trial alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter
from typing import Any

import ray
from ray import tune
from ray.train._internal import storage
from ray.tune.execution import class_cache
from ray.tune.experiment import trial

from sweep.engine.actor import Actor, Training, bound
from sweep.engine.worker_context import WorkerContext
from sweep.worker.job import Job


class Worker(Training, tune.Trainable):  # type: ignore[misc]
    """An actor where Ray Tune cannot be given a smaller one."""

    def save_checkpoint(self, checkpoint_dir: str) -> dict[str, Any]:
        """Nothing for Ray to keep: the trial's folder has its checkpoints."""
        return {}

    def load_checkpoint(self, checkpoint: dict[str, Any] | None) -> None:
        """Nothing to load: the trainer restores from its folder."""


@contextmanager
def started(context: WorkerContext, job: Job) -> Iterator[type[Any]]:
    """The trainable for Ray Tune, in whose place it starts an `Actor` in this context.

    On a local cluster, actors get no runtime environment: they inherit the driver's variables, the
    workers that Ray has started already can be used, and no agent is needed. Another version of
    Ray, which has not got what is replaced, starts the trainable itself.
    """
    cache: Any = getattr(class_cache, "_ActorClassCache", None)
    own_types = [
        getattr(storage, "StorageContext", None),
        getattr(trial, "_TrialInfo", None),
    ]
    if not hasattr(cache, "get") or None in own_types:
        yield bound(Worker, context, job)
        return
    usual, actor = cache.get, bound(Actor, context, job)
    remote = ray.remote(actor)

    def get(self: Any, trainable: type[Any]) -> Any:
        return remote if context.is_local else usual(self, actor)

    cache.get = get
    for own_type, content in zip(own_types, (_nothing, _id), strict=True):
        ray.util.register_serializer(own_type, serializer=content, deserializer=str)
    try:
        yield Worker
    finally:
        cache.get = usual
        for own_type in own_types:
            ray.util.deregister_serializer(own_type)


_id = attrgetter("trial_id")


def _nothing(storage: Any) -> str:
    """What an actor gets of the storage: text that counts as false, as where there is none."""
    return ""
