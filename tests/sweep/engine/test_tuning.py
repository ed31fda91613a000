"""What Ray Tune is told, and that it is imported while Ray starts. No Ray is started."""

import importlib
import subprocess
import sys
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from sweep.engine import execution, tuning
from sweep.worker.job import Job


@pytest.fixture
def told(monkeypatch):
    """What Ray Tune was told."""
    told = {}

    def tuner(trainable, **options):
        told.update(options)
        return SimpleNamespace(fit=lambda: told.update(ran=True))

    monkeypatch.setattr(tuning, "Tuner", tuner)
    monkeypatch.setattr(
        tuning, "started", lambda context, job: nullcontext("a trainable")
    )
    monkeypatch.setattr(tuning.tune, "with_resources", lambda trainable, ask: trainable)
    monkeypatch.setenv("TUNE_MAX_PENDING_TRIALS_PG", "1")
    return told


def run(workers, between=()):
    capacity = SimpleNamespace(workers=workers)
    job = Job("study", "own.py:train", "/base", "m", "maximize")
    tuning.run(SimpleNamespace(), job, capacity, None, between, "/storage")


def test_ray_neither_retries_nor_checkpoints(told):
    run(2)
    assert told["ran"]
    settings = told["run_config"]
    assert settings.failure_config.max_failures == 0
    assert settings.checkpoint_config.checkpoint_frequency == 0
    assert settings.storage_path == "/storage"
    assert told["tune_config"].reuse_actors
    assert told["tune_config"].num_samples == -1


@pytest.mark.parametrize("workers, pending", [(2, tuning.MOST_STARTING), (200, 201)])
def test_workers_start_together(told, monkeypatch, workers, pending):
    run(workers)
    assert tuning.os.environ["TUNE_MAX_PENDING_TRIALS_PG"] == str(pending)


def test_functions_between_events_are_called_in_order(told):
    called = []
    run(1, between=[lambda: called.append("first"), lambda: called.append("second")])
    told["tune_config"].scheduler._tick()
    assert called == ["first", "second"]


def test_ray_tune_is_not_imported_before_it_is_needed():
    code = "import sys, sweep.engine.execution; print('ray.tune' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["False"], done.stderr


def test_a_module_is_imported_beside_what_a_context_does(tmp_path, monkeypatch):
    (tmp_path / "imported_beside.py").write_text("LOADED = True\n")
    (tmp_path / "broken_beside.py").write_text("raise ValueError('broken')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("imported_beside", "broken_beside"):
        with execution._imported_meanwhile(name):
            pass
    assert "imported_beside" in sys.modules
    with pytest.raises(ValueError, match="broken"):
        importlib.import_module("broken_beside")
