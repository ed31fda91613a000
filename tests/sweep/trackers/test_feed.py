"""Trackers beside a study: they hear of everything, and nothing they do hurts it."""

import textwrap
import threading
import time
from dataclasses import replace

import pytest

import sweep.study
from sweep import trackers
from sweep.commands.exporting import track
from sweep.errors import StudyFileError, StudyLocked, UnknownName, UsageError
from sweep.log.event_log import FILE_NAME, EventLog
from sweep.model.trial import State
from sweep.spec import MLflow, TensorBoard, Trackers, load
from sweep.study import Study
from sweep.trackers import Feed, feed
from sweep.trackers.tensorboard import events
from tests.sweep.small import SEARCH

TRAINER = """
import os, signal, time

def driver():
    # It started the template process, which is the parent of the trial's.
    stat = open(f"/proc/{os.getppid()}/stat").read()
    return int(stat.rpartition(")")[2].split()[1])

def train(config, run):
    for epoch in range(run.restore(), config["epochs"]):
        if config["learning_rate"] == 0.2 and epoch == 1 and not (run.folder / "hit").exists():
            (run.folder / "hit").touch()
            os.kill(driver(), signal.SIGINT)
            time.sleep(0.05)
        if run.report(epoch, {"val/f1": config["learning_rate"] * (epoch + 1)}):
            break
"""


class Listed:
    """A tracker that keeps what it was told."""

    def __init__(self):
        self.told, self.threads, self.closed = {}, set(), False

    def write(self, trial):
        self.threads.add(threading.current_thread())
        self.told[trial.number] = (
            trial.state,
            [report.epoch for report in trial.reports],
        )

    def close(self):
        self.closed = True


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where a study file and its trainer lie, and studies are written."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text(textwrap.dedent(TRAINER), encoding="utf-8")
    return tmp_path


@pytest.fixture
def registered(monkeypatch):
    """`registered(opened)`: the TensorBoard tracker is made by that instead."""

    def register(opened):
        kinds = {
            "tensorboard": replace(trackers.TRACKERS["tensorboard"], opened=opened)
        }
        monkeypatch.setattr(trackers, "TRACKERS", {**trackers.TRACKERS, **kinds})

    return register


def written(folder, more="trackers: [tensorboard]"):
    path = folder / "small.yaml"
    path.write_text(SEARCH + more, encoding="utf-8")
    return path


def run(folder, more="trackers: [tensorboard]"):
    """Run a study to its end, through the interruption that its trainer brings about."""
    with pytest.raises(sweep.errors.Interrupted):
        sweep.study.run(written(folder, more), engine="serial")
    return sweep.study.resume("small", engine="serial")


def files(study):
    """Trial's folder → the steps in its event files."""
    found = {}
    for path in sorted((study.folder / "tensorboard").glob("*/events*")):
        steps = [
            e.step for e in events(path) for v in e.summary.value if v.tag == "val/f1"
        ]
        found.setdefault(path.parent.name, []).extend(steps)
    return found


def notices(study):
    return [
        notice.message
        for notice in study.history.notices
        if "tracker" in notice.message
    ]


def test_a_study_is_written_while_it_runs_and_once_across_an_interruption(folder):
    study = run(folder)
    assert list(files(study)) == [
        path.name for path in sorted((study.folder / "trials").iterdir())
    ]
    assert set(map(tuple, files(study).values())) == {(0, 1, 2)}
    assert notices(study) == []


def test_it_is_written_in_another_thread_up_to_its_last_state(folder, registered):
    listed = []
    registered(lambda target, settings: listed.append(Listed()) or listed[-1])
    run(folder)
    first, second = listed
    assert first.closed
    assert second.closed
    assert second.told == dict.fromkeys(range(3), (State.COMPLETE, [0, 1, 2]))
    assert threading.main_thread() not in first.threads | second.threads


@pytest.mark.parametrize("moment", ["opened", "written", "closed"])
def test_a_tracker_that_fails_is_noticed_once_and_left_off(folder, registered, moment):
    class Failing(Listed):
        def __init__(self, target, settings):
            super().__init__()
            self.fail("opened")

        def fail(self, now):
            if now == moment:
                raise OSError("No space left on device")

        def write(self, trial):
            self.fail("written")

        def close(self):
            self.fail("closed")

    registered(Failing)
    study = run(folder)
    assert {trial.state for trial in study.history.trials.values()} == {State.COMPLETE}
    assert len(notices(study)) == len(study.history.sessions) == 2  # once a session
    assert notices(study)[0].startswith(
        "the tracker tensorboard was switched off: OSError: No space left on device"
    )
    assert not any(notice.caveat for notice in study.history.notices)
    track_again = trackers.tensorboard.opened
    registered(track_again)
    track(study, ["tensorboard"])
    assert set(map(tuple, files(study).values())) == {(0, 1, 2)}


def test_a_tracker_that_hangs_does_not_hold_up_the_end(folder, registered, monkeypatch):
    let_go = threading.Event()

    class Hanging(Listed):
        def write(self, trial):
            let_go.wait(30)

    registered(lambda target, settings: Hanging())
    monkeypatch.setattr(feed, "PATIENCE", 0.1)
    began = time.monotonic()
    study = run(folder)
    let_go.set()
    assert time.monotonic() - began < 25
    assert all(
        "did not accept all records within 0.1 s" in text for text in notices(study)
    )
    assert len(notices(study)) == 2


def test_a_slow_tracker_does_not_delay_the_schedule(bench):
    """The listener puts a name on a list; a tracker that sleeps is not waited for."""

    class Slow(Listed):
        def write(self, trial):
            time.sleep(0.2)
            super().write(trial)

    slow = Slow()
    following = Feed("slow", lambda: slow, every=0.01)
    study = bench()
    spent = 0.0

    def listen(history, event):
        nonlocal spent
        began = time.monotonic()
        following(history, event)
        spent += time.monotonic() - began

    history = study.run(
        listen=listen, before=lambda schedule: following.start(schedule.history)
    )
    following.close()
    assert following.problem() is None
    assert spent < 0.2
    assert slow.told == {
        n: (t.state, [r.epoch for r in t.reports]) for n, t in history.trials.items()
    }


def test_trackers_can_be_changed_when_a_study_goes_on(folder):
    with pytest.raises(sweep.errors.Interrupted):
        sweep.study.run(written(folder, ""), engine="serial")
    written(folder)
    study = sweep.study.resume("small", engine="serial")
    assert set(map(tuple, files(study).values())) == {(0, 1, 2)}
    assert load(written(folder)).digest == load(written(folder, "")).digest


def test_a_missing_package_is_refused_before_anything_is_written(folder, monkeypatch):
    monkeypatch.setattr(trackers, "find_spec", lambda name: None)
    with pytest.raises(
        UsageError, match=r'tensorboardX.*pip install "sweep-ablation\[tensorboard\]"'
    ):
        sweep.study.run(written(folder), engine="serial")
    assert not (folder / "results").exists()


def test_a_study_that_is_being_worked_on_is_not_written_twice(folder):
    study = run(folder, "")
    with EventLog(study.folder / FILE_NAME), pytest.raises(StudyLocked):
        track(study, ["tensorboard"])
    with pytest.raises(UnknownName, match="did you mean 'tensorboard'"):
        track(Study(study.folder), ["tensorbord"])


@pytest.mark.parametrize(
    "said, wanted",
    [
        ("[tensorboard]", {"tensorboard": TensorBoard()}),
        ("tensorboard", {"tensorboard": TensorBoard()}),
        ("{tensorboard: true, wandb: false}", {"tensorboard": TensorBoard()}),
        ("{mlflow: {experiment: mine}}", {"mlflow": MLflow(experiment="mine")}),
        ("{}", {}),
    ],
)
def test_a_tracker_is_named_or_has_settings(folder, said, wanted):
    assert load(written(folder, f"trackers: {said}")).trackers.wanted == wanted
    assert (
        Trackers.model_validate(
            load(written(folder, f"trackers: {said}")).canonical()["trackers"]
        ).wanted
        == wanted
    )


@pytest.mark.parametrize(
    "said, message",
    [
        ("[tensorbord]", "unknown tracker 'tensorbord'; did you mean 'tensorboard'?"),
        (
            "{tensorbord: {}}",
            "is not a key of trackers\n    did you mean 'tensorboard'?",
        ),
        (
            "{wandb: {mode: on}}",
            "trackers.wandb.mode: unknown value 'on'\n    one of: offline, online",
        ),
        (
            "{mlflow: {uri: mlruns}}",
            "'mlruns' is a folder, which MLflow no longer writes",
        ),
        (
            "{mlflow: {uri: 'http://me:word@host'}}",
            "contains a password, which the study's log would keep",
        ),
    ],
)
def test_mistakes_are_named(folder, said, message):
    with pytest.raises(StudyFileError) as found:
        load(written(folder, f"trackers: {said}"))
    assert message in str(found.value)
    assert "small.yaml:" in str(found.value)
