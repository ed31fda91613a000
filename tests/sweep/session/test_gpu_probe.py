"""`resources.gpu: auto`, on an imagined GPU: measured once, kept in the log, taken by each session."""

from pathlib import Path

import pytest

from sweep import study
from sweep.engine import execution
from sweep.errors import UsageError
from sweep.history.opening import read
from sweep.session import gpu_monitor, serial

TRAINER = """
import os, time
from pathlib import Path

def train(config, run):
    gpus = Path(os.environ["FAKE_GPUS"])
    new = gpus.with_name(f"{os.getpid()}.new")
    new.write_text(config["state"] + "\\n")
    new.replace(gpus)
    for epoch in range(run.restore(), 50):
        time.sleep(0.05)
        if run.report(epoch, {"m": float(epoch)}):
            break
"""
STUDY = """
name: filled
trainer: own.py:train
metric: {name: m, goal: maximize}
parameters: {state: "0, 2000, 10000, 30", strength: {values: [1, 2]}}
search: {method: grid}
early_terminate: {type: threshold, upper: 1, min_iter: 1}
resources: {cpu: 0.01, gpu: auto}
"""


@pytest.fixture
def given(monkeypatch, gpus):
    """What the engine was given each time; trials run here, one after another."""
    monkeypatch.setattr(gpu_monitor, "_EPOCHS_FOR", 0.3)
    given = []

    def execute(schedule, job, resources, tick, address):
        given.append(resources)
        serial.execute(schedule, job, tick)

    monkeypatch.setattr(execution, "execute", execute)
    gpus((0, 10_000, 0))
    return given


@pytest.fixture
def files(tmp_path, monkeypatch):
    (tmp_path / "own.py").write_text(TRAINER)
    (tmp_path / "study.yaml").write_text(STUDY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_share_is_measured_recorded_and_given(files, given):
    done = study.run("study.yaml")
    assert [resources.gpu for resources in given] == [0.3333]
    (said,) = [n for n in done.history.notices if "resources.gpu" in n.message]
    assert "3 trials fit on a GPU, limited by the busy time" in said.message
    assert not said.caveat, "no number of the table depends on it"
    assert done.history.gpu_share == 0.3333
    assert all(trial.state.finished for trial in done.history.trials.values())


def test_a_resumed_study_takes_the_share_of_its_log(files, given, monkeypatch, gpus):
    study.run("study.yaml")
    gpus((0, 80_000, 0))
    monkeypatch.setattr(
        gpu_monitor, "gpus", lambda: pytest.fail("measured a second time")
    )
    study.resume("filled")
    assert [resources.gpu for resources in given] == [0.3333, 0.3333]
    assert read(Path("results/filled")).resources.gpu == 0.3333


def test_budgets_and_trials_are_told_the_measured_share(files, given):
    history = study.run("study.yaml").history
    assert history.spec.resources.measured
    assert history.resources.share({}).gpu == 0.3333


def test_a_machine_without_a_gpu_is_refused_with_the_cure(files, given, gpus):
    gpus()
    with pytest.raises(
        UsageError, match=r"gpu: auto .* has none that nvidia-smi.*\. Leave gpu out"
    ):
        study.run("study.yaml")
    assert given == []


def test_a_trainer_that_leaves_the_gpu_alone_gets_none(files, given):
    text = STUDY.replace("0, 2000, 10000, 30", "0, 0, 10000, 0")
    (files / "study.yaml").write_text(text)
    study.run("study.yaml")
    assert [resources.gpu for resources in given] == [0.0]


def test_a_trial_that_fails_while_it_is_measured_says_why(files, given):
    (files / "own.py").write_text("def train(config, run): raise ValueError('no data')")
    with pytest.raises(UsageError, match=r"was to be measured failed: .*no data"):
        study.run("study.yaml")


def test_the_probe_leaves_no_folder_and_no_process(files, given, tmp_path, monkeypatch):
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    before = set((tmp_path / "tmp").iterdir())
    study.run("study.yaml")
    assert set((tmp_path / "tmp").iterdir()) == before


def test_a_share_that_the_file_states_is_not_measured(files, given, monkeypatch):
    monkeypatch.setattr(gpu_monitor, "gpus", lambda: pytest.fail("measured"))
    (files / "study.yaml").write_text(STUDY.replace("gpu: auto", "gpu: 0.5"))
    study.run("study.yaml")
    assert [resources.gpu for resources in given] == [0.5]


def test_engines_that_run_one_trial_at_a_time_measure_nothing(
    files, given, monkeypatch
):
    monkeypatch.setattr(gpu_monitor, "gpus", lambda: pytest.fail("measured"))
    study.run("study.yaml", engine="serial")
    assert given == []
