"""A worker trains on its machine as it would beside the driver. No Ray is started."""

from pathlib import Path

import pytest
from ray.tune.execution import class_cache

from sweep.engine import own_session
from sweep.engine.code_bundle import CodeBundle
from sweep.engine.nodes import probe, scratch_root
from sweep.engine.worker_context import WorkerContext, credentials_for
from sweep.errors import EngineError
from sweep.model.trial import Assignment
from sweep.worker.job import Job

DRIVER, OTHER = "d" * 20, "o" * 20
BUNDLE = CodeBundle(
    {"/nowhere/own.py": b"def train(config, run): pass\n"}, (), "/nowhere"
)


@pytest.fixture
def given(tmp_path):
    return Assignment(7, "a", {}, 5, None, None, 1, str(tmp_path / "00007-a"), None, {})


def job(**more):
    return Job("study", "own.py:train", "/nowhere", "m", "maximize", **more)


class Started:
    """What starts attempts: it says in which folder it was to."""

    def begin(self, assignment, folder=None):
        return folder or Path(assignment.folder)


def test_beside_the_driver_its_own_code_and_folders_are_used(on_node, given):
    on_node(DRIVER)
    context = WorkerContext(DRIVER, "study", BUNDLE, (Path("/nowhere/word"), "word"))
    assert context.settle(job()) == job()
    assert context.begin(Started(), job(), given) == Path(given.folder)


def test_on_another_node_the_code_is_unpacked_in_a_local_folder(
    on_node, tmp_path, monkeypatch
):
    monkeypatch.setattr("sweep.engine.nodes.tempfile.gettempdir", lambda: str(tmp_path))
    monkeypatch.chdir(tmp_path)
    on_node(OTHER)
    settled = WorkerContext(DRIVER, "study", BUNDLE).settle(job())
    assert Path(settled.base).is_relative_to(scratch_root("study"))
    assert (Path(settled.base) / "own.py").is_file()


def test_with_a_storage_a_trial_is_written_to_a_folder_of_that_node(on_node, given):
    on_node(OTHER)
    stored = job(storage="s3://bucket/study")
    place = WorkerContext(DRIVER, "study", BUNDLE).begin(Started(), stored, given)
    assert place == scratch_root("study") / "trials" / "00007-a"


def test_on_a_disk_in_common_the_trial_s_own_folder_is_used(on_node, given, tmp_path):
    on_node(OTHER)
    with probe(tmp_path) as seen:
        context = WorkerContext(DRIVER, "study", BUNDLE, seen)
        assert context.begin(Started(), job(), given) == Path(given.folder)


def test_a_machine_that_does_not_see_the_study_s_folder_trains_nothing(
    on_node, given, tmp_path
):
    on_node(OTHER)
    context = WorkerContext(DRIVER, "study", BUNDLE, (tmp_path / "missing", "word"))
    with pytest.raises(EngineError, match="cannot see"):
        context.begin(Started(), job(), given)


def test_credentials_go_to_workers_for_a_storage_on_s3_alone(monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    given = credentials_for("s3://bucket/runs/study")
    assert given == {"AWS_SECRET_ACCESS_KEY": "hunter2"}
    assert credentials_for("file:///nfs/runs/study") == credentials_for(None) == {}
    assert "hunter2" not in repr(WorkerContext("node", "study", credentials=given))


def test_ray_tune_passes_on_no_credentials(monkeypatch):
    names = {
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "TUNE_X",
    }
    monkeypatch.setattr(class_cache, "ENV_VARS_TO_PROPAGATE", names)
    own_session.without_secrets_in_its_log()
    assert names == {"TUNE_X"}
