"""A study that is run by scripted workers: no processes, no Ray, no torch, so that it
can be killed at every event."""

import hashlib
import itertools
import os
import random
from dataclasses import dataclass, field, fields
from pathlib import Path

import pytest

from sweep import durable, spec
from sweep.ablation import ablation_stage
from sweep.history.folding import fold
from sweep.log.event_log import FILE_NAME, EventLog
from sweep.log.reader import Reader
from sweep.model.events import SessionEnded, SessionStarted
from sweep.model.trial import EpochReport, configuration_key
from sweep.search import joint_search
from sweep.session.schedule import Schedule
from tests.sweep import small
from tests.sweep.session.searches import ARMS

STAGES = (joint_search.propose, ablation_stage.propose)
METRIC = "val/f1"

TRAINER = """
def train(config, run):
    raise AssertionError("scripted workers do not call the trainer")
"""

CONDITIONAL = """
name: conditional
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 4
  loss_type: {values: [ce, focal]}
  focal_gamma: {min: 0.5, max: 4.0, when: {loss_type: focal}}
  layers: {min: 1, max: 3, when: {loss_type: ce}}
  learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 1e-2, role: nuisance}
"""

STUDY = (
    CONDITIONAL
    + """
search: {method: tpe, trials: 6, seeds: [0], n_startup_trials: 3}
early_terminate: {type: asha, min_iter: 1, eta: 2}
"""
    + ARMS
)


def curve(config, seed, epoch):
    """A metric as a trainer would report it: fixed by configuration, seed and epoch,
    rising, between 0 and 1."""
    digest = hashlib.sha256(f"{configuration_key(config)},{seed}".encode()).digest()
    return (digest[0] / 255 + epoch / 8) / 2


class Clock:
    """Monotonic seconds that pass only when somebody sleeps."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@dataclass
class Workers:
    """An executor that holds `slots` trials in flight and advances one of them, chosen at random,
    by one report.

    `misbehave(assignment, epoch)` may return ("lost", why), ("failed", why), ("metrics", {...}) or
    "end"; None is a normal epoch. A trial goes on behind its last reported epoch, as it would from
    a checkpoint. `sleep` is called while the only trials left rest after a loss.
    """

    slots: int = 1
    seed: int = 0
    misbehave: object = lambda assignment, epoch: None
    most: int = 0
    assignments: list = field(default_factory=list)
    sleep: object = None

    def execute(self, schedule):
        generator = random.Random(self.seed)
        flying = {}
        while True:
            while len(flying) < self.slots and not isinstance(
                assignment := schedule.next(), str
            ):
                schedule.started(assignment.trial)
                first = (
                    0 if assignment.last_epoch is None else assignment.last_epoch + 1
                )
                flying[assignment.trial] = [assignment, first]
                self.assignments.append(assignment)
                self.most = max(self.most, len(flying))
            if not flying and schedule.backoff_seconds:
                self.sleep(schedule.backoff_seconds)
                continue
            if not flying:
                return
            number = generator.choice(sorted(flying))
            if self.advance(schedule, *flying[number]):
                del flying[number]
            else:
                flying[number][1] += 1

    def advance(self, schedule, assignment, epoch):
        number, told = assignment.trial, self.misbehave(assignment, epoch)
        metrics = {METRIC: curve(assignment.config, assignment.seed, epoch)}
        if told == "end" or (told is None and epoch >= assignment.config["epochs"]):
            schedule.completed(number, 0.5)
            return True
        if told is not None and told[0] == "lost":
            schedule.lost(number, told[1])
            return True
        if told is not None and told[0] == "failed":
            schedule.failed(number, told[1], 0.5)
            return True
        report = EpochReport(
            epoch, metrics if told is None else told[1], 1.0, f"{epoch:064x}"
        )
        return schedule.reported(number, report)


class Killed(BaseException):
    """What a SIGKILL looks like from inside: nothing after it is written."""


@dataclass
class FailingDisk:
    """A disk for `durable.on`, whose calls are counted, and which fails at one of them. Its syncs
    do nothing else.

    Attributes:
        at: number of the call that fails, from 1; None: none does.
        error: what it raises: `Killed`, or an errno.
        for_good: every later call fails as well, as after a kill and on a disk that stays full.
        torn: a failing write has written the first half.
        calls: name of every call made, in order.
    """

    at: int | None = None
    error: object = Killed
    for_good: bool = True
    torn: bool = False
    calls: list = field(default_factory=list)

    def made(self):
        """The `durable.Disk`."""
        real = durable.Disk()
        calls = {each.name: getattr(real, each.name) for each in fields(real)}
        calls |= {name: lambda fd: None for name in ("sync", "sync_data")}
        return durable.Disk(
            **{name: self._guarded(name, call) for name, call in calls.items()}
        )

    def _guarded(self, name, call):
        def guarded(*arguments):
            self.calls.append(name)
            number = len(self.calls)
            if self.at is not None and (
                number == self.at or (self.for_good and number > self.at)
            ):
                if name == "write" and self.torn and number == self.at:
                    os.write(
                        arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2]
                    )
                raise (
                    self.error
                    if self.error is Killed
                    else OSError(self.error, os.strerror(self.error))
                )
            return call(*arguments)

        return guarded


class Bench:
    """One study in one folder."""

    def __init__(self, folder: Path, text: str = STUDY):
        self.folder = folder
        self.text = text
        self.heard = []
        self.clock = Clock()
        self.sync = lambda fd: None
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "trainer.py").write_text(TRAINER, encoding="utf-8")
        (folder / "study.yaml").write_text(text, encoding="utf-8")

    @property
    def log(self):
        return self.folder / FILE_NAME

    def create(self):
        wanted = spec.load(self.folder / "study.yaml")
        with EventLog(self.log, sync=self.sync) as log:
            log.append(
                {
                    "event": "study_created",
                    "spec": wanted.canonical(),
                    "source": wanted.source,
                }
            )
        return self

    def session(self, workers=None, before=lambda schedule: None, **parts):
        """One process working on the study; returns its history and the schedule."""
        with EventLog(self.log, sync=self.sync) as log:
            history = fold(Reader(self.log))
            parts = {
                "listen": lambda history, event: self.heard.append(event),
                "clock": self.clock,
                **parts,
            }
            workers = workers or Workers()
            workers.sleep = self.clock.sleep
            schedule = Schedule(log, history, STAGES, self.folder, **parts)
            schedule.record(SessionStarted(1, "here", "", {}))
            before(schedule)
            workers.execute(schedule)
            schedule.abandon()
            schedule.record(SessionEnded(schedule.stop_reason or "done"))
        return history

    def run(self, workers=None, **parts):
        self.create()
        return self.session(workers, **parts)

    def killed_copy(self, folder, data):
        """The same study with another log, as a kill would leave it."""
        copy = Bench(folder, self.text)
        copy.log.write_bytes(data)
        return copy


def story(history):
    """What a history says apart from when, where, how often and how long: equal for
    equal results."""
    trials = [
        {
            "number": trial.number,
            "stage": trial.stage,
            "label": trial.label,
            "config": dict(trial.config),
            "seed": trial.seed,
            "fold": trial.fold,
            "attributes": trial.attributes,
            "state": trial.state,
            "reason": trial.reason,
            "reports": [(report.epoch, report.metrics) for report in trial.reports],
        }
        for trial in history.trials.values()
    ]
    return {"arms": history.arms, "trials": trials}


@pytest.fixture
def bench(tmp_path):
    """`bench(text)` is a study for scripted workers, in a folder of its own."""
    numbers = itertools.count()

    def make(text=STUDY):
        return Bench(tmp_path / f"study-{next(numbers)}", text)

    return make


@pytest.fixture(name="workers")
def workers_fixture():
    """The scripted executor's class."""
    return Workers


@pytest.fixture(name="failing_disk")
def failing_disk_fixture():
    """The class of disks that fail."""
    return FailingDisk


@pytest.fixture(name="killed")
def killed_fixture():
    """What a disk that kills raises."""
    return Killed


@pytest.fixture(name="story")
def story_fixture():
    """`story(history)`: what two runs of one study must have in common."""
    return story


@pytest.fixture(name="curve")
def curve_fixture():
    """`curve(config, seed, epoch)`: the metric that scripted workers report."""
    return curve


@pytest.fixture
def conditional():
    """A study file's head with conditional parameters; a test adds the sections it is about."""
    return CONDITIONAL


# `nvidia-smi` as far as the program asks it: what a file says, once or again and again.
NVIDIA_SMI = """#!/bin/bash
while true; do
    cat "$FAKE_GPUS"
    case "$*" in *--loop-ms*) sleep 0.02 ;; *) exit ;; esac
done
"""


@pytest.fixture
def gpus(tmp_path, monkeypatch):
    """`gpus((used, total, busy), …)`: the imagined GPUs of this machine, in MiB and percent.

    `FAKE_GPUS` names the file that says so; a trainer may write another state into it.
    """
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "nvidia-smi").write_text(NVIDIA_SMI)
    (programs / "nvidia-smi").chmod(0o755)
    state = tmp_path / "gpus.txt"
    monkeypatch.setenv("FAKE_GPUS", str(state))
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")

    def are(*cards):
        lines = [
            f"{index}, {used}, {total}, {busy}\n"
            for index, (used, total, busy) in enumerate(cards)
        ]
        new = state.with_suffix(".new")
        new.write_text("".join(lines))
        new.replace(state)

    return are


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder with a study file and its trainer, which is the working folder."""
    (tmp_path / "own.py").write_text(small.TRAINER)
    (tmp_path / "study.yaml").write_text(small.STUDY)
    monkeypatch.chdir(tmp_path)
    return tmp_path
