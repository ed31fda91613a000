"""A study killed at every call that changes a file ends as if nothing had happened.

Real trials of a tiny trainer, several in flight, write real checkpoints, histories, configurations and a real log
through a disk that counts its calls: opens, writes, syncs, renames, links, removals and new folders. The study is then
killed at each of those calls in turn (half of a killed write is on disk), resumed, and must end with the same story,
byte-identical tables and the same checkpoints. Every registered sampler and pruner is killed at calls spread over the
whole study; each test says with `-s` how many kills there were.
"""

import shutil
from collections import Counter
from dataclasses import dataclass, field, replace

import orjson
import pytest

from sweep import durable, report
from sweep.checkpoint import Checkpoints
from sweep.history import fold
from sweep.log import EventLog, replay
from sweep.prune import PRUNERS
from sweep.run import HISTORY_FILE, LocalRun
from sweep.samplers import SAMPLERS
from sweep.schedule import trial_folder
from sweep.trial import configuration_key
from sweep.worker import Job, write_trial_files

METRIC = "val/f1"
HEAD = """
name: boundaries
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
"""
OPEN = """
parameters:
  epochs: 2
  loss_type: {values: [ce, focal]}
  focal_gamma: {min: 0.5, max: 4.0, when: {loss_type: focal}}
  layers: {min: 1, max: 3, when: {loss_type: ce}}
  learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 1e-2, role: nuisance}
"""
FINITE = """
parameters:
  epochs: 2
  loss_type: {values: [ce, focal]}
  focal_gamma: {values: [1.0, 2.0], when: {loss_type: focal}}
  layers: {min: 1, max: 2, when: {loss_type: ce}}
"""
ARMS = """
ablation:
  baseline: {loss_type: ce, layers: 1}
  seeds: [0, 1]
  designs: {arms: {focal: {loss_type: focal, focal_gamma: 2.0}}}
"""
ENUMERATED = ("grid", "brute_force")  # samplers of spaces that can be listed
KEYS = {  # what a rule has to be given to decide in so short a study
    "asha": ", eta: 2",
    "hyperband": ", min_iter: 1, eta: 2",
    "patient": ", patience: 0",
    "percentile": ", percentile: 50, n_startup_trials: 1",
    "threshold": ", lower: 0.3",
}


def text(method, rule, trials=3):
    many = "" if method == "grid" else f", trials: {trials}"
    startup = ", n_startup_trials: 1" if method == "tpe" else ""
    search = f"search: {{method: {method}, seeds: [0, 1]{many}{startup}}}\n"
    space = FINITE if method in ENUMERATED else OPEN
    return f"{HEAD}{space}{search}early_terminate: {{type: {rule}{KEYS.get(rule, '')}}}\n{ARMS}"


@dataclass
class Weights:
    """A model of one number, which each epoch moves by what its configuration and seed say."""

    value: float
    steps: int = 0

    def state_dict(self):
        return {"value": self.value, "steps": self.steps}

    def load_state_dict(self, state):
        self.value, self.steps = state["value"], state["steps"]

    def train(self, config, seed):
        push = int(configuration_key(config)[:4], 16) / 65535
        self.value, self.steps = 0.6 * self.value + 0.4 * push + 0.001 * seed, self.steps + 1


@dataclass
class Trainers:
    """An executor that trains `slots` trials in this process, one epoch at a time, with real runs and checkpoints.

    The trial with the fewest epochs goes first, so that what happens next follows from the log alone, and a resumed
    study can be held against an uninterrupted one to the last byte.
    """

    slots: int = 2
    sleep: object = None
    repeated: Counter = field(default_factory=Counter)  # (trial, epoch) → how often it was trained
    most: int = 0

    def execute(self, schedule):
        flying = {}
        while True:
            while len(flying) < self.slots and not isinstance(assignment := schedule.next(), str):
                schedule.started(assignment.trial)
                flying[assignment.trial] = self.begin(schedule, assignment)
            self.most = max(self.most, len(flying))
            if not flying:
                return
            number = min(flying, key=lambda number: (len(schedule.history.trials[number].reports), number))
            if self.ended(schedule, number, *flying[number]):
                del flying[number]
            else:
                flying[number][-1] += 1

    def begin(self, schedule, assignment):
        job = Job("boundaries", "trainer.py:train", "/", METRIC, "maximize")
        write_trial_files(job, assignment)
        weights = Weights(0.0)
        run = LocalRun(
            assignment.folder,
            seed=assignment.seed,
            metric=METRIC,
            last_epoch=-1 if assignment.last_epoch is None else assignment.last_epoch,
            expected=assignment.checkpoints,
            on_report=lambda said: schedule.reported(assignment.trial, replace(said, seconds=1.0)),
            notify=pytest.fail,  # no kill may cost a checkpoint
        )
        return [assignment, weights, run, run.restore(weights=weights)]

    def ended(self, schedule, number, assignment, weights, run, epoch):
        if epoch >= assignment.config["epochs"]:
            run.finish()
            schedule.completed(number, 0.0)
            return True
        weights.train(assignment.config, assignment.seed)
        assert weights.steps == epoch + 1, "it goes on behind its checkpoint"
        self.repeated[number, epoch] += 1
        return run.report(epoch, {METRIC: weights.value})


def begin(bench, method, rule):
    study = bench(text(method, rule))
    study.sync = durable.sync_data
    return study.create()


def outcome(study, history, story):
    """What must not depend on kills: the story, every table in three formats, and what the trials left behind."""
    evidence = report.gather(history)
    tables = [name for name in report.TABLES if name != "cost"]  # it counts attempts, and a kill takes one more
    folder = study.folder / "report"
    written = report.save(evidence, folder, ["csv", "markdown", "latex"], tables)
    return {
        "story": story(history),
        "tables": {path.name: path.read_bytes() for path in written},
        "trials": {number: left(study, trial) for number, trial in history.trials.items()},
    }


def left(study, trial):
    """The files of a trial, its checkpoints' contents and its history, without seconds and random states."""
    folder = study.folder / "trials" / trial_folder(trial)
    checkpoints = Checkpoints(folder, pytest.fail)
    loaded = checkpoints.load()
    lines = [orjson.loads(line) for line in (folder / HISTORY_FILE).read_bytes().splitlines()]
    return {
        "files": sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.suffix != ".writing"),
        "history": [{key: value for key, value in line.items() if key != "seconds"} for line in lines],
        "checkpoint": loaded and (loaded[0], loaded[1]["objects"], loaded[1]["best"]),
        "best": (folder / "checkpoints" / "best.pt").resolve().name,
    }


@pytest.fixture
def uninterrupted(bench, story, failing_disk):
    """`uninterrupted(method, rule)`: what such a study ends with, and the calls that its sessions make."""

    def run(method, rule):
        study, disk, crew = begin(bench, method, rule), failing_disk(), Trainers()
        with durable.on(disk.made()):
            history = study.session(crew)
        assert crew.most == 2, "several trials in flight"
        assert set(crew.repeated.values()) == {1}
        want = outcome(study, history, story)
        shutil.rmtree(study.folder)
        return want, disk.calls

    return run


@pytest.fixture
def killed_at(bench, story, failing_disk, killed):
    """`killed_at(method, rule, at, …)`: what the study ends with that was killed at those calls of its sessions."""

    def run(method, rule, *kills):
        study, crew = begin(bench, method, rule), Trainers()
        for at in kills:
            disk = failing_disk(at, torn=True)
            with durable.on(disk.made()), pytest.raises(killed):
                study.session(crew)
        with durable.on(failing_disk().made()):
            history = study.session(crew)
        lost_epochs = crew.repeated - Counter(list(crew.repeated))
        found = outcome(study, history, story)
        once_in_the_log(study)
        assert max(Counter(number for number, _ in lost_epochs).values(), default=0) <= len(kills)
        shutil.rmtree(study.folder)
        return found

    return run


def once_in_the_log(study):
    events = replay(study.log).events
    counted = Counter((e["trial"], e["epoch"]) for e in events if e["event"] == "epoch")
    finished = Counter(e["trial"] for e in events if e["event"] == "trial_finished")
    assert set(counted.values()) | set(finished.values()) == {1}, "nothing is counted twice"


def test_a_study_killed_at_every_call_to_the_disk_ends_as_if_nothing_had_happened(
    uninterrupted, killed_at, record_property
):
    want, calls = uninterrupted("tpe", "asha")
    for at in range(1, len(calls) + 1):
        assert killed_at("tpe", "asha", at) == want, f"killed at call {at}, {calls[at - 1]}"
    record_property("boundaries", len(calls))
    print(f"killed at each of {len(calls)} calls: {dict(Counter(calls))}")
    assert set(calls) >= {"open", "make_folder", "write", "sync", "sync_data", "replace", "symlink", "unlink"}
