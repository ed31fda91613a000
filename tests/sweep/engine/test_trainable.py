"""What Ray Tune is given, and what it starts in its place. No Ray is started."""

import pickle
from types import SimpleNamespace

import pytest
import ray
from ray import cloudpickle, tune
from ray.train._internal.storage import StorageContext
from ray.tune.execution import class_cache
from ray.tune.experiment.trial import _TrialInfo

from sweep.engine.actor import Actor
from sweep.engine.code_bundle import CodeBundle
from sweep.engine.trainable import Worker, started
from sweep.engine.worker_context import WorkerContext
from sweep.worker.job import Job

JOB = Job("study", "own.py:train", "/project", "m", "maximize")
LOCAL = WorkerContext("node", "study")
JOINED = WorkerContext("node", "study", CodeBundle({}, (), "/"))


@pytest.fixture
def remote(monkeypatch):
    """`ray.remote`, replaced: the classes that it was called with, and their options."""
    made = []

    def remote(*kinds, **options):
        if not kinds:
            return lambda kind: remote(kind, **options)
        made.append((kinds[0], options))
        return kinds[0]

    monkeypatch.setattr(ray, "remote", remote)
    return made


def started_by_ray_tune():
    """The class that Ray Tune starts for its trainable."""
    return class_cache._ActorClassCache().get(Worker)


def test_ray_tune_gets_a_trainable_and_starts_a_smaller_actor(remote):
    usual = class_cache._ActorClassCache.get
    with started(LOCAL, JOB) as trainable:
        assert issubclass(trainable, tune.Trainable)
        actor = started_by_ray_tune()
        assert issubclass(actor, Actor)
        assert not issubclass(actor, tune.Trainable)
        assert (actor.context, actor.job) == (LOCAL, JOB)
    assert class_cache._ActorClassCache.get is usual


def test_workers_of_a_local_cluster_have_no_runtime_environment(remote):
    with started(LOCAL, JOB):
        started_by_ray_tune()
    assert [options for _, options in remote] == [{}]


def test_workers_of_a_joined_cluster_get_what_ray_tune_gives_them(remote):
    with started(JOINED, JOB):
        started_by_ray_tune()
    kind, options = remote[-1]
    assert kind.context is JOINED
    assert options["runtime_env"]["env_vars"]["PL_DISABLE_FORK"] == "1"


def test_an_actor_gets_a_trials_id_and_no_storage(remote):
    trial = SimpleNamespace(
        trial_id="ray7", placement_group_factory=None, experiment_dir_name="study"
    )
    given = {
        "info": _TrialInfo(trial),
        "storage": StorageContext("/tmp", "study", storage_filesystem=None),
    }
    with started(LOCAL, JOB):
        sent = cloudpickle.dumps(given)
    assert pickle.loads(sent) == {"info": "ray7", "storage": ""}
    assert isinstance(cloudpickle.loads(cloudpickle.dumps(given))["info"], _TrialInfo)


@pytest.mark.parametrize(
    "module, name", [(class_cache, "_ActorClassCache"), ("storage", "StorageContext")]
)
def test_another_version_of_ray_starts_the_trainable_itself(
    monkeypatch, remote, module, name
):
    if module == "storage":
        from sweep.engine.trainable import storage as module
    monkeypatch.delattr(module, name)
    with started(LOCAL, JOB) as trainable:
        assert issubclass(trainable, Worker)
        assert (trainable.context, trainable.job) == (LOCAL, JOB)
    assert remote == []
