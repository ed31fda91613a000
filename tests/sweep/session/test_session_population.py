"""A population of real trainings: its schedule can be replayed to the last bit, and no kill of the
driver changes what it decides."""

import os
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

import sweep.study
from sweep import report
from sweep.commands import alone
from sweep.model.by_epoch import is_by_epoch
from sweep.model.lineage import lineage
from sweep.model.trial import State, trial_folder
from sweep.report.verification import log_reading, trial_files
from sweep.search import population
from tests import waiting

TRAINER = """
import torch


def train(config, run):
    torch.manual_seed(run.seed)
    model = torch.nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=config["rate"], momentum=0.5)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 3, 0.9)
    order = torch.Generator().manual_seed(run.seed)
    target = torch.tensor([[1.0, -2.0, 0.5]])
    start = run.restore(model=model, optimizer=optimizer, schedule=schedule, order=order)
    for epoch in range(start, config["epochs"]):
        for _ in range(3):
            x = torch.randn(16, 3, generator=order)
            loss = config["weight"] * (model(x) - x @ target.T).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()
        loss = (model.weight - target).square().sum().item()
        if run.report(epoch, {"val/loss": loss, "rate": optimizer.param_groups[0]["lr"]}):
            break
"""
STUDY = """
name: pop
trainer: own.py:train
metric: {name: val/loss, goal: minimize}
parameters:
  epochs: 6
  rate: {distribution: log_uniform_values, min: 1e-4, max: 0.2}
  weight: {min: 0.5, max: 2.0}
search: {method: pbt, trials: 4, interval: 2, parameters: [rate, weight]}
report: {select: last}
ablation:
  baseline: {rate: 0.01, weight: 1.0}
  seeds: [0, 1]
  designs: {arms: {scheduled: {schedule: best}}}
"""
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def there(tmp_path, monkeypatch):
    """A folder with the study and its trainer, which is the working folder."""
    (tmp_path / "own.py").write_text(TRAINER)
    (tmp_path / "study.yaml").write_text(STUDY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def varies(key):
    """Whether a column of a table may differ: times, numbers of trials, texts that hold either."""
    return key.endswith((".trials", "seconds", "notes", "marks")) or "seconds." in key


def without_hashes(decided):
    """A decision without its files' hashes: they hold the state of Python's own random numbers,
    which the trainer does not seed."""
    plain = asdict(decided)
    for copy in plain["copies"]:
        del copy["checkpoint"]
    return plain


def outcome(folder):
    """What must not depend on kills: decisions, every report, the schedule and the tables.

    Numbers of the ablation's trials are left out: with several workers a seed of the baseline may
    start before the population has ended.
    """
    history = sweep.study.load(folder).history
    tables = report.build_tables(report.gather(history), ["search", "ablation"])
    rows = {}
    for table in tables:
        rows[table.name] = [
            {key: value for key, value in record.items() if not varies(key)}
            for record in table.records()
        ]
    return {
        "decisions": [without_hashes(decided) for decided in history.population],
        "reports": {
            (trial.label, trial.seed): [(r.epoch, r.metrics) for r in trial.reports]
            for trial in history.trials.values()
        },
        "schedule": population.schedule(history),
        "tables": rows,
    }


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """The folder of such a study that nothing interrupted."""
    folder = tmp_path_factory.mktemp("lived")
    (folder / "own.py").write_text(TRAINER)
    (folder / "study.yaml").write_text(STUDY)
    before = Path.cwd()
    os.chdir(folder)
    try:
        sweep.study.run("study.yaml", engine="serial")
    finally:
        os.chdir(before)
    return folder / "results" / "pop"


def test_the_schedule_trained_from_the_start_repeats_the_best_member_to_the_last_bit(
    lived,
):
    history = sweep.study.load(lived).history
    assert {trial.state for trial in history.trials.values()} == {State.COMPLETE}
    best = population.best(history)
    assert lineage(best).steps, "the best member has copied"
    arm = next(
        trial
        for trial in history.stage("ablation")
        if is_by_epoch(trial.config["rate"]) and trial.seed == best.seed
    )
    assert arm.reports[-1].metrics == best.reports[-1].metrics
    assert arm.attempts == 1, "its changes are no attempts"


def test_sweep_try_repeats_a_member_from_its_config_file(lived):
    history = sweep.study.load(lived).history
    best = population.best(history)
    said = []
    path = lived / "trials" / trial_folder(best) / "config.json"
    alone.train(path, overrides={}, trusted=True, say=said.append)
    last = best.reports[-1].metrics
    assert f"rate {last['rate']:.4f}" in said[-1]
    assert f"val/loss {last['val/loss']:.4f}" in said[-1]
    assert sum(line.startswith("from this epoch on") for line in said) == 2


def test_every_file_of_a_population_matches_the_log(lived):
    log = log_reading.read_log(lived / "events.jsonl")
    checked = trial_files.check_trial_files(lived, log)
    assert [problem for each in checked for problem in each.problems] == []


def killed_after(events, engine, folder):
    """Run the study in a process group of its own, and kill all of it after so many events."""
    command = [sys.executable, "-m", "sweep", "run", "study.yaml", "--engine", engine]
    log = folder / "results" / "pop" / "events.jsonl"
    with subprocess.Popen(
        command, cwd=folder, start_new_session=True, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as driver:  # fmt: skip

        def enough():
            written = log.read_bytes().count(b"\n") if log.is_file() else 0
            return written >= events or driver.poll() is not None

        try:
            waiting.wait_until(enough, 400)
        finally:
            os.killpg(driver.pid, signal.SIGKILL)


@pytest.mark.parametrize(
    "events",
    [26, *(pytest.param(n, marks=pytest.mark.thorough) for n in (9, 43, 75))],
)
def test_a_driver_that_is_killed_and_resumed_decides_the_same(lived, there, events):
    killed_after(events, "serial", there)
    sweep.study.resume("pop", engine="serial")
    assert outcome(there / "results" / "pop") == outcome(lived)


@pytest.mark.ray
@pytest.mark.timeout(900)  # Ray starts twice, on a machine that may be busy
def test_a_population_on_ray_decides_the_same_also_where_it_is_killed(
    lived, there, monkeypatch
):
    # Ray's workers give way to everybody, and on a busy machine would not start at all.
    monkeypatch.setenv("RAY_worker_niceness", "0")
    killed_after(25, "ray", there)
    sweep.study.resume("pop", engine="ray")
    assert outcome(there / "results" / "pop") == outcome(lived)
