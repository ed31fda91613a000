"""A study killed at every call that changes a file ends as if nothing had happened.

Real trials of a tiny trainer, several in flight, write real checkpoints, histories, configurations
and a real log through a disk that counts its calls: opens, writes, syncs, renames, links, removals
and new folders. The study is then killed at each of those calls in turn (half of a killed write is
on disk), resumed, and must end with the same story, byte-identical tables and the same checkpoints.
Every registered sampler and pruner is killed at calls spread over the whole study; each test says
with `-s` how many kills there were.
"""

import errno
import itertools
import re
import shutil
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path

import orjson
import pytest

from sweep import durable, report
from sweep.errors import CannotWrite
from sweep.history.opening import read
from sweep.log.reader import replay
from sweep.model.trial import State, configuration_key, trial_folder
from sweep.samplers import SAMPLERS
from sweep.stopping import RULES
from sweep.worker.checkpoint import Checkpoints
from sweep.worker.copied_checkpoint import take_over
from sweep.worker.job import Job
from sweep.worker.local_run import HISTORY_FILE, LocalRun
from sweep.worker.trial_files import write_trial_files

METRIC = "val/f1"
KINDS = {
    "open",
    "make_folder",
    "write",
    "sync",
    "sync_data",
    "replace",
    "symlink",
    "unlink",
}
HEAD = """
name: boundaries
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
"""
OPEN = """
parameters:
  epochs: EPOCHS
  loss_type: {values: [ce, focal]}
  focal_gamma: {min: 0.5, max: 4.0, when: {loss_type: focal}}
  layers: {min: 1, max: 3, when: {loss_type: ce}}
  learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 1e-2, role: nuisance}
"""
FINITE = """
parameters:
  epochs: EPOCHS
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
LOOKS = f"""{HEAD}
parameters: {{epochs: 1, layers: {{min: 1, max: 9}}}}
ablation:
  baseline: {{layers: 1}}
  seeds: {{from: 3, to: 5, until: decided}}
  margin: 0.5
  designs: {{arms: {{deep: {{layers: 3}}, deeper: {{layers: 9}}}}}}
"""
ENUMERATED = ("grid", "brute_force")  # samplers of spaces that can be listed
PARTS = 8  # tests that share the calls of one study among them
# Three of the parts, and the others where --thorough is given.
SAMPLED = [
    *range(3),
    *(pytest.param(part, marks=pytest.mark.thorough) for part in range(3, PARTS)),
]
SEVERAL = ("nsga2",)  # samplers of compromises, which nothing is pruned by
OBJECTIVES = (
    ", objectives: [{name: val/f1, goal: maximize}, {name: cost, goal: minimize}]"
)
KEYS = {  # what a rule has to be given to decide in so short a study
    "asha": ", eta: 2",
    "asha promote": ", eta: 2, form: promote",
    "hyperband": ", min_iter: 1, eta: 2",
    "patient": ", rule: {type: asha, eta: 2}, patience: 0",
    "percentile": ", percentile: 50, n_startup_trials: 1",
    "threshold": ", lower: 0.3",
    "wilcoxon": ", p_threshold: 0.3",
}


POPULATION = f"""{HEAD}
parameters:
  epochs: 4
  learning_rate: {{distribution: log_uniform_values, min: 1e-4, max: 1e-2, role: nuisance}}
search: {{method: pbt, trials: 4, interval: 1, parameters: [learning_rate], resample: 0.0}}
report: {{select: last}}
ablation:
  baseline: {{learning_rate: 1e-3}}
  seeds: [0, 1]
  designs: {{arms: {{scheduled: {{schedule: best}}}}}}
"""


def text(method, rule, seeds=(0, 1)):
    if method == "looks":
        return LOOKS
    if method in ("pbt", "pbt failing"):
        return POPULATION
    many = "" if method == "grid" else ", trials: 3"
    startup = ", n_startup_trials: 1" if method == "tpe" else ""
    several = OBJECTIVES if method in SEVERAL else ""
    search = (
        f"search: {{method: {method}, seeds: {list(seeds)}{many}{startup}{several}}}\n"
    )
    space = FINITE if method in ENUMERATED else OPEN
    arms = ARMS.replace("[0, 1]", str(list(seeds)))
    space = space.replace("EPOCHS", "3" if rule == "patient" else "2")
    keys = f"{rule.split()[0]}{KEYS.get(rule, '')}"
    return f"{HEAD}{space}{search}early_terminate: {{type: {keys}}}\n{arms}"


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
        self.value, self.steps = (
            0.6 * self.value + 0.4 * push + 0.001 * seed,
            self.steps + 1,
        )


@dataclass
class Trainers:
    """An executor that trains `slots` trials in this process, one epoch at a time, with real runs
    and checkpoints.

    The trial with the fewest epochs goes first, so that what happens next follows from the log
    alone, and a resumed study can be held against an uninterrupted one to the last byte.
    """

    slots: int = 2
    sleep: object = None
    trained: Counter = field(
        default_factory=Counter
    )  # (trial, epoch) → how often it was trained
    most: int = 0
    fails: dict = field(
        default_factory=dict
    )  # trial → the epoch it fails at, its first time

    def execute(self, schedule):
        flying = {}
        while True:
            while len(flying) < self.slots and not isinstance(
                assignment := schedule.next(), str
            ):
                schedule.started(assignment.trial)
                start = partial(self.begin, flying, schedule, assignment)
                if not self.told(schedule, assignment.trial, start):
                    self.most = max(self.most, len(flying))
            if not flying:
                return
            number = min(
                flying,
                key=lambda number: (
                    len(schedule.history.trials[number].reports),
                    number,
                ),
            )
            if self.told(
                schedule,
                number,
                lambda number=number: self.ended(schedule, number, *flying[number]),
            ):
                del flying[number]
            else:
                flying[number][-1] += 1

    def told(self, schedule, number, work):
        """Whether the trial is out of this worker's hands after some work."""
        try:
            return work()
        except CannotWrite as error:
            schedule.unwritable(number, str(error), 0.0)
            return True

    def begin(self, flying, schedule, assignment):
        job = Job("boundaries", "trainer.py:train", "/", METRIC, "maximize")
        write_trial_files(job, assignment, Path(assignment.folder))
        weights = Weights(0.0)
        if assignment.copied is not None:
            take_over(assignment.copied, Path(assignment.folder), None, pytest.fail)
        run = LocalRun(
            assignment.folder,
            seed=assignment.seed,
            metric=METRIC,
            last_epoch=-1 if assignment.last_epoch is None else assignment.last_epoch,
            expected=assignment.checkpoints,
            on_report=lambda said: schedule.reported(
                assignment.trial, replace(said, seconds=1.0)
            ),
            checkpoint_keep=1,  # so that trials of two epochs remove some
            explored={n: assignment.config[n] for n in assignment.explored},
            kept_after=assignment.kept,
            notify=pytest.fail,  # no kill may cost a checkpoint
        )
        flying[assignment.trial] = [
            assignment,
            weights,
            run,
            run.restore(weights=weights),
        ]

    def ended(self, schedule, number, assignment, weights, run, epoch):
        if epoch >= assignment.config["epochs"]:
            run.finish()
            schedule.completed(number, 0.0)
            return True
        if self.fails.get(number) == epoch:
            schedule.failed(number, f"broke {number}", 0.0)
            return True
        weights.train(assignment.config, assignment.seed)
        assert weights.steps == epoch + 1, "it goes on behind its checkpoint"
        self.trained[number, epoch] += 1
        return run.report(epoch, {METRIC: weights.value, "cost": weights.value**2})


def crew_for(method, *_):
    """The workers of a study; in one of them two members of a population fail."""
    return Trainers(fails={1: 2, 3: 1} if method == "pbt failing" else {})


def begin(bench, *asked):
    study = bench(text(*asked))
    study.sync = durable.sync_data
    return study.create()


def outcome(study, history, story):
    """What must not depend on kills: the story, every table in three formats, and what
    the trials left behind."""
    evidence = report.gather(history)
    # `cost` counts attempts, and a kill makes one more. The others are views of the same evidence,
    # and slow.
    tables = ["ablation", "search"]
    folder = study.folder / "report"
    written = report.save(evidence, folder, ["csv", "markdown", "latex"], tables)
    return {
        "story": story(history),
        "looks": history.looks,
        "decisions": [asdict(decided) for decided in history.population],
        "tables": {path.name: without_the_note_on_imports(path) for path in written},
        "trials": {
            number: left(study, trial) for number, trial in history.trials.items()
        },
    }


def without_the_note_on_imports(path):
    """A table's file without what it says of times: a kill makes one more first trial
    of a session."""
    text = path.read_text(encoding="utf-8")
    note = r"Time per run includes imports for arms that have only a session\S* first trial"
    return re.sub(rf"( \| |- |\\item\[\] ){note}\.?\n?", "", text)


def left(study, trial):
    """The files of a trial, its checkpoints' contents and its history, without seconds
    and random states."""
    folder = study.folder / "trials" / trial_folder(trial)
    checkpoints = Checkpoints(folder, pytest.fail)
    loaded = checkpoints.load()
    lines = [
        orjson.loads(line) for line in (folder / HISTORY_FILE).read_bytes().splitlines()
    ]
    return {
        "files": sorted(
            str(path.relative_to(folder))
            for path in folder.rglob("*")
            if path.suffix != ".writing"
        ),
        "history": [
            {key: value for key, value in line.items() if key != "seconds"}
            for line in lines
        ],
        "checkpoint": loaded and (loaded[0], loaded[1]["objects"], loaded[1]["best"]),
        "best": (folder / "checkpoints" / "best.pt").resolve().name,
    }


@pytest.fixture
def uninterrupted(bench, story, failing_disk):
    """`uninterrupted(method, rule, seeds)`: what such a study ends with, and the calls
    that its sessions make."""

    def run(*asked):
        study, disk, crew = begin(bench, *asked), failing_disk(), crew_for(*asked)
        with durable.on(disk.made()):
            history = study.session(crew)
        assert crew.most == 2, "several trials in flight"
        assert set(crew.trained.values()) == {1}
        want = outcome(study, history, story)
        shutil.rmtree(study.folder)
        return want, disk.calls

    return run


@pytest.fixture
def killed_at(bench, story, failing_disk, killed):
    """`killed_at([at, …], method, rule, seeds)`: the end of a study whose sessions were killed at
    those calls.

    A session that ends before its call was not killed, and those after it are not begun.
    """

    def run(kills, *asked):
        study, crew, history = begin(bench, *asked), crew_for(*asked), None
        for at in [*kills, None]:
            if history is None:
                with durable.on(failing_disk(at, torn=True).made()), suppress(killed):
                    history = study.session(crew)
        found = outcome(study, history, story)
        counted_once(replay(study.log).events)
        repeated = Counter(
            number
            for number, epoch in (crew.trained - Counter(list(crew.trained))).elements()
        )
        assert max(repeated.values(), default=0) <= len(kills), (
            "one epoch of a running trial for each kill, at most"
        )
        shutil.rmtree(study.folder)
        return found

    return run


def counted_once(events):
    counted = Counter((e["trial"], e["epoch"]) for e in events if e["event"] == "epoch")
    finished = Counter(e["trial"] for e in events if e["event"] == "trial_finished")
    assert set(counted.values()) | set(finished.values()) == {1}


@pytest.mark.parametrize("part", SAMPLED)
@pytest.mark.parametrize("rule", ["asha", "asha promote"])
def test_a_study_killed_at_every_call_to_the_disk_ends_as_if_nothing_had_happened(
    uninterrupted, killed_at, record_property, rule, part
):
    # Of these two, one promotes a trial that had paused.
    asked = ("tpe" if rule == "asha" else "random", rule, (0,))
    want, calls = uninterrupted(*asked)
    assert set(calls) == KINDS
    here = range(1 + part, len(calls) + 1, PARTS)
    for at in here:
        assert killed_at([at], *asked) == want, f"killed at call {at}, {calls[at - 1]}"
    record_property("boundaries", len(here))
    print(f"killed at {len(here)} of {len(calls)} calls: {dict(Counter(calls))}")  # noqa: T201  (shown with -s)


@pytest.mark.timeout(1800)  # two minutes alone on two cores, and more beside others
@pytest.mark.parametrize(
    "part", [0, *(pytest.param(p, marks=pytest.mark.thorough) for p in range(1, PARTS))]
)
def test_a_population_killed_at_every_call_to_the_disk_ends_as_if_nothing_had_happened(
    uninterrupted, killed_at, thorough, part
):
    asked = ("pbt", "none")
    want, calls = uninterrupted(*asked)
    assert sum(len(d["copies"]) for d in want["decisions"]) >= 2
    for at in range(1 + part, len(calls) + 1, PARTS if thorough else 29):
        assert killed_at([at], *asked) == want, f"killed at call {at}, {calls[at - 1]}"


@pytest.mark.timeout(900)
def test_failed_members_are_replaced_alike_whichever_call_to_the_disk_kills_the_study(
    uninterrupted, killed_at, thorough
):
    asked = ("pbt failing", "none")
    want, calls = uninterrupted(*asked)
    replaced = [
        (decided["after"], copy["trial"], copy["failure"])
        for decided in want["decisions"]
        for copy in decided["copies"]
        if copy["failure"]
    ]
    assert replaced == [(2, 3, "broke 3"), (3, 1, "broke 1")]
    # Primes, to meet every kind of call.
    for at in range(1, len(calls) + 1, 53 if thorough else 151):
        assert killed_at([at], *asked) == want, f"killed at call {at}, {calls[at - 1]}"


def test_a_study_killed_again_while_it_resumes_ends_as_if_nothing_had_happened(
    uninterrupted, killed_at
):
    asked = ("tpe", "asha", (0,))
    want, calls = uninterrupted(*asked)
    kills = [
        (first, second)
        for first in range(5, len(calls), 41)
        for second in (1, 2, 3, 9, 40)
    ]
    for first, second in kills:
        assert killed_at([first, second, 2], *asked) == want, (
            f"killed at {first}, then at {second}, then at 2"
        )
    print(f"killed three times over: {len(kills)} times")  # noqa: T201


def test_looks_and_decisions_survive_a_kill_at_any_call_to_the_disk(
    uninterrupted, killed_at
):
    asked = ("looks", "none")
    want, calls = uninterrupted(*asked)
    for at in range(1, len(calls) + 1, 13):  # prime: to meet every kind of call
        assert killed_at([at], *asked) == want, f"killed at call {at}, {calls[at - 1]}"


PAIRS = [
    pair
    for pair in itertools.product(SAMPLERS, RULES)
    if pair[0] not in (*SEVERAL, "pbt") or pair[1] == "none"
]
PAIRS += [("random", "asha promote"), ("grid", "asha promote")]
# how far apart the calls are at which one pair and the next are killed; prime, to meet
# every kind of call
STEP = 7


@pytest.mark.parametrize("method, rule", PAIRS)
def test_every_sampler_with_every_pruner_survives_kills_all_over_the_study(
    uninterrupted, killed_at, method, rule
):
    asked = (method, rule, (0, 1, 2) if rule == "wilcoxon" else (0,))
    want, calls = uninterrupted(*asked)
    at = 1 + STEP * PAIRS.index((method, rule)) % len(calls)
    assert killed_at([at], *asked) == want, f"killed at call {at}, {calls[at - 1]}"
    again = 1 + (at + len(calls) // 2) % len(calls)
    assert killed_at([again, STEP], *asked) == want, (
        f"killed at call {again}, {calls[again - 1]}, and once more"
    )


# --------------------------------------------------------------------------- disks that
# are full, failing or read-only


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
def test_a_disk_that_fails_at_any_call_pauses_the_study_which_then_ends_as_if_nothing_had_happened(
    bench, story, failing_disk, uninterrupted, code
):
    # A pause changes the order in which reports arrive, which TPE and ASHA may follow; these two do
    # not.
    asked = ("random", "none", (0,))
    want, calls = uninterrupted(*asked)
    for at in range(1 + code % 29, len(calls) + 1, 29):
        for for_good in (True, False):
            study, crew = begin(bench, *asked), Trainers()
            with (
                durable.on(failing_disk(at, code, for_good, torn=True).made()),
                suppress(CannotWrite),
            ):
                study.session(crew)
            stopped = read(study.folder)
            assert not any(t.state is State.FAILED for t in stopped.trials.values())
            assert stopped.losses == {}, "and nothing is held against a trial"
            with durable.on(failing_disk().made()):
                assert outcome(study, study.session(crew), story) == want, (
                    f"{calls[at - 1]}, call {at}"
                )
            counted_once(replay(study.log).events)
            shutil.rmtree(study.folder)
