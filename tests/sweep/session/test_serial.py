"""The serial executor: a schedule run to its end in this process, by the same rules as on Ray."""

import errno
import os
import shutil
import threading
from contextlib import suppress

import pytest

from sweep import durable, spec
from sweep.ablation import ablation_stage
from sweep.errors import CannotWrite, SweepError
from sweep.history.folding import fold
from sweep.log.event_log import EventLog
from sweep.log.reader import Reader, replay
from sweep.model.events import SessionStarted
from sweep.model.trial import State
from sweep.search import search_stage
from sweep.session import serial
from sweep.session.schedule import Schedule
from sweep.worker.job import Job

TRAINER = """
import random

class Weights:
    def __init__(self, seed): self.value = random.Random(seed).random()
    def state_dict(self): return {"value": self.value}
    def load_state_dict(self, state): self.value = state["value"]

def train(config, run):
    weights = Weights(run.seed)
    for epoch in range(run.restore(weights=weights), config["epochs"]):
        weights.value = weights.value * (1 - config["learning_rate"]) + 0.01
        if run.report(epoch, {"val/f1": weights.value}):
            break
"""
STUDY = """
name: serial
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 4
  learning_rate: {min: 0.1, max: 0.9}
search: {method: random, trials: 4}
early_terminate: {type: asha, min_iter: 1, eta: 2}
ablation: {baseline: {learning_rate: 0.5}, seeds: [0, 1]}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "trainer.py").write_text(TRAINER)
    (tmp_path / "study.yaml").write_text(STUDY)
    return tmp_path


def work(folder, events=None, tick=lambda: None, **parts):
    """One session, on a new log or on one that holds `events`."""
    path = folder / "events.jsonl"
    if events is not None:
        path.write_bytes(events)
    wanted = spec.load(folder / "study.yaml")
    with EventLog(path, sync=lambda fd: None, **parts) as log:
        if not log.count:
            log.append(
                {"event": "study_created", "spec": wanted.canonical(), "source": ""}
            )
        schedule = Schedule(
            log,
            fold(Reader(path)),
            [search_stage.propose, ablation_stage.propose],
            folder,
        )
        schedule.record(SessionStarted(1, "h", "", {}))
        job = Job("serial", wanted.trainer, wanted.base_dir, "val/f1", "maximize")
        serial.execute(schedule, job, tick, here=True)
        return schedule.history


def test_every_trial_is_run(folder):
    history = work(folder)
    states = [t.state for t in history.trials.values()]
    assert len(states) == 6
    assert set(states) <= {State.COMPLETE, State.PRUNED}
    assert [t.state for t in history.stage("ablation")] == [State.COMPLETE] * 2
    assert not [
        thread for thread in threading.enumerate() if thread.name.startswith("trial-")
    ]


def test_a_study_killed_at_any_event_resumes_from_checkpoints_to_the_same_results(
    folder, story
):
    want = story(work(folder))
    lines = (folder / "events.jsonl").read_bytes().splitlines(keepends=True)
    for kept in range(
        len(lines) - 1, 0, -3
    ):  # backwards, so that the checkpoints left behind are of later epochs
        assert story(work(folder, b"".join(lines[:kept]))) == want


def test_a_tick_that_raises_ends_the_execution_and_leaves_no_trainer_behind(
    folder, story
):
    class Enough(Exception):
        pass

    calls = []

    def tick():
        calls.append(None)
        if len(calls) == 3:
            raise Enough

    with pytest.raises(Enough):
        work(folder, tick=tick)
    assert not [
        thread for thread in threading.enumerate() if thread.name.startswith("trial-")
    ]
    resumed = story(work(folder))
    (folder / "events.jsonl").unlink()
    assert resumed == story(work(folder)), "and a resume ends as an uninterrupted run"


def test_a_tick_comes_in_the_middle_of_a_long_epoch(folder):
    """Else Ctrl-C would wait for the end of an epoch, whatever `resources.grace_seconds` says."""
    slow = TRAINER.replace("import random", "import random, time")
    slow = slow.replace(
        "        weights.value =", "        time.sleep(1.5)\n        weights.value ="
    )
    (folder / "trainer.py").write_text(slow)

    class EnoughError(Exception):
        pass

    ticks = []

    def tick():
        epochs = replay(folder / "events.jsonl").events
        ticks.append(sum(each["event"] == "epoch" for each in epochs))
        if len(ticks) == 3:
            raise EnoughError

    with suppress(EnoughError):
        work(folder, tick=tick)
    assert ticks == [0, 0, 0], "three within the first epoch"


def test_a_log_that_cannot_be_written_ends_the_execution_and_leaves_no_trainer_behind(
    folder,
):
    written = []

    def write(fd, data):
        written.append(data)
        if len(written) > 6:
            raise OSError(28, "No space left on device")
        return os.write(fd, data)

    with pytest.raises(SweepError, match="No space left"):
        work(folder, write=write)
    assert not [
        thread for thread in threading.enumerate() if thread.name.startswith("trial-")
    ]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS])
def test_a_disk_that_fails_pauses_the_study_and_fails_no_trial(
    folder, tmp_path, story, failing_disk, code
):
    calm = tmp_path / "calm"
    shutil.copytree(folder, calm)
    with durable.on((whole := failing_disk()).made()):
        want = story(work(calm))
    for at in range(20 + code % 7, len(whole.calls), 97):
        full = tmp_path / f"full-{at}"
        shutil.copytree(
            folder,
            full,
            ignore=lambda path, names: [name for name in names if "." not in name],
        )
        with durable.on(failing_disk(at, code).made()), suppress(CannotWrite):
            work(full)
        assert not [
            thread
            for thread in threading.enumerate()
            if thread.name.startswith("trial-")
        ]
        stopped = fold(replay(full / "events.jsonl").events)
        assert not any(t.state is State.FAILED for t in stopped.trials.values())
        assert story(work(full)) == want, whole.calls[at - 1]


def test_a_damaged_checkpoint_is_skipped_with_a_notice_in_the_log(folder, story):
    want = story(work(folder))
    lines = (folder / "events.jsonl").read_bytes().splitlines(keepends=True)
    at = [
        i
        for i, line in enumerate(lines)
        if b'"event":"epoch"' in line and b'"epoch":3' in line
    ][-1]
    trial = replay(folder / "events.jsonl").events[at]["trial"]
    (checkpoints,) = (folder / "trials").glob(f"{trial:05d}-*/checkpoints")
    newest = (checkpoints / "latest.pt").resolve()
    newest.write_bytes(newest.read_bytes()[:-3])
    history = work(folder, b"".join(lines[: at + 1]))
    assert story(history) == want
    assert "does not match its hash" in history.notices[-1].message
    assert history.notices[-1].trial == trial
