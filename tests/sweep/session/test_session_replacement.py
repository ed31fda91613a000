"""A member of a population that fails in a real training is replaced, with every engine; no kill of
the driver changes by whom."""

import os
import signal
import subprocess
import sys

import pytest
from rich.console import Console

import sweep.study
from sweep import report
from sweep.commands import status_view
from sweep.log.reader import replay
from sweep.model.trial import State
from tests import waiting
from tests.sweep.session.test_session_population import outcome

# Member 1 fails in the first interval, member 2 diverges in the second one.
TRAINER = """
import math, random


class Weights:
    def __init__(self, seed):
        self.value = random.Random(seed).random()

    def state_dict(self):
        return {"value": self.value}

    def load_state_dict(self, state):
        self.value = state["value"]


def train(config, run):
    weights, member = Weights(run.seed), run.folder.name[:5]
    for epoch in range(run.restore(weights=weights), config["epochs"]):
        if (member, epoch) == ("00001", 1):
            raise ValueError("no luck")
        weights.value = weights.value * (1 - config["rate"]) + 0.01
        diverged = (member, epoch) == ("00002", 3)
        if run.report(epoch, {"val/f1": math.nan if diverged else weights.value}):
            break
"""
STUDY = """
name: pop
trainer: own.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 6
  rate: {min: 0.1, max: 0.9}
search: {method: pbt, trials: 4, interval: 2, parameters: [rate]}
report: {select: last}
resources: {max_concurrent: 2, gpu: 0}
"""
pytestmark = pytest.mark.timeout(300)


def written(folder, monkeypatch):
    """Write the study; nothing is known of resuming its trainer."""
    (folder / "own.py").write_text(TRAINER)
    (folder / "study.yaml").write_text(STUDY)
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    monkeypatch.chdir(folder)


@pytest.fixture
def there(tmp_path, monkeypatch):
    """A folder with the study and its trainer, which is the working folder."""
    written(tmp_path, monkeypatch)
    return tmp_path


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """The folder of such a study that nothing interrupted."""
    folder = tmp_path_factory.mktemp("lived")
    with pytest.MonkeyPatch.context() as monkeypatch:
        written(folder, monkeypatch)
        sweep.study.run("study.yaml", engine="serial")
    return folder / "results" / "pop"


def events(folder):
    return replay(folder / "events.jsonl").events


def killed_at(kind, engine, folder):
    """Run the study in its own process group, and kill all of it after an event of a kind."""
    command = [sys.executable, "-m", "sweep", "run", "study.yaml", "--engine", engine]
    log = folder / "results" / "pop" / "events.jsonl"
    mark = f'"event":"{kind}"'.encode()
    with subprocess.Popen(
        command, cwd=folder, start_new_session=True, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as driver:  # fmt: skip
        waiting.wait_until(lambda: log.is_file() and mark in log.read_bytes(), 250)
        os.killpg(driver.pid, signal.SIGKILL)


def replacements(history):
    return [
        (decided.after, copy.trial, copy.failure)
        for decided in history.population
        for copy in decided.copies
        if copy.failure
    ]


def assert_told(folder):
    """Log, status and report name the members that failed and by whom they were replaced."""
    study = sweep.study.load(folder)
    history = study.history
    (early, late) = replacements(history)
    assert early[:2] == (2, 1)
    assert early[2].startswith("ValueError: no luck")
    assert late[:2] == (4, 2)
    assert "val/f1" in late[2]
    assert {t.state for t in history.trials.values()} == {State.COMPLETE}
    kinds = [each["event"] for each in events(folder)]
    assert kinds.count("member_failed") == 2
    assert kinds.count("resumption_probed") == 1
    assert kinds.index("resumption_probed") < kinds.index("trial_created")
    console = Console(width=200)
    with console.capture() as captured:
        console.print(status_view.status(study))
    shown = captured.get()
    assert "1 failed and copied" in shown
    assert "2 failed and copied" in shown
    assert "failed ×" not in shown, "nobody stayed failed"
    (table, *_) = report.build_tables(report.gather(history), ["search"])
    notes = " ".join(note.text for note in table.notes)
    assert "Member 1 failed (ValueError: no luck" in notes
    assert "Member 2 failed" in notes
    assert "probed before the search: a resumed curve equals" in notes


def test_a_member_that_raises_and_one_that_diverges_are_replaced(lived):
    assert_told(lived)


@pytest.mark.parametrize(
    "kind",
    [
        "member_failed",
        pytest.param("population_decided", marks=pytest.mark.thorough),
        pytest.param("resumption_probed", marks=pytest.mark.thorough),
    ],
)
def test_a_driver_that_is_killed_around_a_replacement_decides_the_same(
    lived, there, kind
):
    killed_at(kind, "serial", there)
    sweep.study.resume("pop", engine="serial")
    assert outcome(there / "results" / "pop") == outcome(lived)
    assert_told(there / "results" / "pop")


@pytest.mark.ray
@pytest.mark.timeout(900)  # Ray starts twice, on a machine that may be busy
def test_members_are_replaced_alike_on_ray_also_where_the_driver_is_killed(
    lived, there
):
    killed_at("member_failed", "ray", there)
    sweep.study.resume("pop", engine="ray")
    assert outcome(there / "results" / "pop") == outcome(lived)
    assert_told(there / "results" / "pop")
