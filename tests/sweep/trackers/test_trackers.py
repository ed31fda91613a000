"""Every registered tracker, with its real library: each epoch once, whatever happened to the
process.

One study is written by a process that is killed, taken up by another session, and written a third
time. A tracker without a reader in `reading.py` fails the first test.
"""

import math
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sweep.errors import CannotWrite
from sweep.log.event_log import FILE_NAME
from sweep.model.trial import Report, State, Trial
from sweep.trackers import TRACKERS, target
from tests.sweep.trackers.two_kinds import study

sys.path.insert(0, str(Path(__file__).parent))
from reading import READERS

ROOT = Path(__file__).parents[3]
CONFIG = {"epochs": 3, "learning_rate": 0.1, "loss": "focal"}
ODD = "val/f1 (τ=½)"  # a name that not every tool takes


def reports(count, odd=False):
    return [
        Report(
            epoch,
            {"val/f1": epoch / 8, "train/loss": None if epoch == 1 else 2.5}
            | ({ODD: 1.0} if odd else {}),
            0.5,
        )
        for epoch in range(count)
    ]


RUNNING = Trial(0, "search", "search 0", CONFIG, 0, attempts=1)
ENDED = [
    Trial(
        1,
        "ablation",
        "+ focal",
        CONFIG,
        3,
        1,
        State.COMPLETE,
        reports=reports(3, odd=True),
        attempts=1,
    ),
    Trial(
        2,
        "search",
        "search 2",
        CONFIG,
        0,
        None,
        State.PRUNED,
        "below the median",
        reports(1),
        attempts=1,
    ),
    Trial(
        3,
        "search",
        "search 3",
        CONFIG,
        0,
        None,
        State.FAILED,
        "ValueError: no data",
        [],
        attempts=1,
    ),
]
BEFORE = [
    replace(RUNNING, reports=reports(1)),
    ENDED[0],
    replace(RUNNING, reports=reports(2)),
]
AFTER = [replace(RUNNING, reports=reports(3)), *ENDED]
LAST = replace(RUNNING, state=State.COMPLETE, reports=reports(3), attempts=2)
NAMES = [
    "00000-search-0-seed0",
    "00001-focal-seed3-fold1",
    "00002-search-2-seed0",
    "00003-search-3-seed0",
]


def opened(name, folder):
    kind = TRACKERS[name]
    return kind.opened(target(study(folder), folder), kind.settings)


def session(name, folder, trials):
    tracker = opened(name, folder)
    for trial in trials:
        tracker.write(trial)
    tracker.close()


def write_and_die(folder):
    """What the killed process did: every tracker has a trial at its second epoch and
    one that has ended."""
    trackers = [opened(name, folder) for name in TRACKERS]
    for tracker in trackers:
        for trial in BEFORE:
            tracker.write(trial)
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A folder in which a process was killed, and tracker → what each later session left."""
    folder = tmp_path_factory.mktemp("study")
    script = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
    script += (
        "from pathlib import Path; import test_trackers as t;"
        f" t.write_and_die(Path({str(folder)!r}))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "WANDB_SILENT": "true"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    (torn,) = (folder / "tensorboard" / NAMES[0]).iterdir()
    torn.write_bytes(torn.read_bytes()[:-3])  # the kill came in the middle of a record
    left = {}
    for name in TRACKERS:
        session(name, folder, AFTER)
        second = READERS[name](folder)
        session(name, folder, [LAST, *ENDED])
        third = READERS[name](folder)
        session(name, folder, [LAST, *ENDED])
        left[name] = second, third, READERS[name](folder)
    return left


def test_every_tracker_has_a_reader():
    assert READERS.keys() == TRACKERS.keys()


@pytest.mark.parametrize("name", TRACKERS)
def test_a_resumed_session_writes_what_is_missing_once(written, name):
    second, _, _ = written[name]
    assert list(second) == NAMES
    for trial, seen in zip(AFTER, second.values(), strict=True):
        assert [step for step, _ in seen.epochs.get("val/f1", [])] == [
            r.epoch for r in trial.reports
        ]
        assert [value for _, value in seen.epochs.get("val/f1", [])] == [
            r.metrics["val/f1"] for r in trial.reports
        ]
    ended = second[NAMES[1]].epochs
    assert [math.isnan(value) for _, value in ended.pop("train/loss")] == [
        False,
        True,
        False,
    ]
    assert len(ended) == 2  # `val/f1`, and the odd one by some name
    assert all(len(values) == 3 for values in ended.values())


@pytest.mark.parametrize("name", TRACKERS)
def test_a_run_says_what_became_of_its_trial(written, name):
    second, third, _ = written[name]
    assert (second[NAMES[0]].state, third[NAMES[0]].state) == (None, "complete")
    found = [(seen.state, seen.reason) for seen in third.values()]
    expected = [
        ("complete", None),
        ("complete", None),
        ("pruned", "below the median"),
        ("failed", "ValueError: no data"),
    ]
    assert found == expected


@pytest.mark.parametrize("name", TRACKERS)
def test_a_run_is_found_by_its_configuration_seed_and_arm(written, name):
    _, third, _ = written[name]
    config = third[NAMES[1]].config
    own = config.get("sweep") or {
        n.removeprefix("sweep."): v for n, v in config.items() if n.startswith("sweep.")
    }
    assert float(config["learning_rate"]) == 0.1
    assert config["loss"] == "focal"
    assert own["study"] == "two kinds"
    assert (own["stage"], own["arm"]) == ("ablation", "+ focal")
    assert (int(own["trial"]), int(own["seed"]), int(own["fold"])) == (1, 3, 1)


@pytest.mark.parametrize("name", TRACKERS)
def test_a_session_with_nothing_new_changes_nothing(written, name):
    _, third, fourth = written[name]
    assert repr(fourth) == repr(third)


@pytest.mark.parametrize("name", TRACKERS)
def test_a_tracker_follows_no_link_in_a_study(name, tmp_path):
    folder, victim = tmp_path / "study", tmp_path / "victim"
    folder.mkdir()
    victim.mkdir()
    (folder / FILE_NAME).write_bytes(b"")
    (folder / {"mlflow": "mlflow.db"}.get(name, name)).symlink_to(victim)
    with pytest.raises(CannotWrite, match="follows no symbolic link"):
        session(name, folder, AFTER)
    assert list(victim.iterdir()) == []
