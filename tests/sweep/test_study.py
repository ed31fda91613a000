"""Studies from Python: run, interrupted, resumed, edited, refused."""

import errno
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from pathlib import Path

import pytest

import sweep.study
from sweep import durable
from sweep.errors import (
    CannotWrite,
    EngineError,
    Interrupted,
    LogDamaged,
    StudyChanged,
    StudyExists,
    StudyFileError,
    StudyLocked,
    StudyNotFound,
    SweepError,
    TrainerNotFound,
    UnknownName,
    UsageError,
)
from sweep.log.event_log import EventLog, replay
from sweep.report.caveats import all_caveats
from sweep.report.evidence import gather
from sweep.study import find, load, studies
from sweep.trial import State
from tests import waiting

TRAINER = """
import os, signal, time

def value(config, run, epoch):
    return config["learning_rate"] * (epoch + 1) / 10 + run.seed / 100

def train(config, run):
    for epoch in range(run.restore(), config["epochs"]):
        if run.report(epoch, {"val/f1": value(config, run, epoch), "test/f1": 0.5}):
            break

train.metrics = ("val/f1", "test/f1")

def interrupting(config, run):
    # Ctrl-C arrives while trial 2 is in its second epoch
    for epoch in range(run.restore(), config["epochs"]):
        if epoch == 1 and run.folder.name.startswith("00002") and not (run.folder / "hit").exists():
            (run.folder / "hit").touch()
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.05)
        if run.report(epoch, {"val/f1": value(config, run, epoch)}):
            break

def slow(config, run):
    for epoch in range(run.restore(), config["epochs"]):
        time.sleep(0.1)
        if run.report(epoch, {"val/f1": value(config, run, epoch)}):
            break

def stuck(config, run):
    run.report(0, {"val/f1": 0.5})
    time.sleep(60)

def misspelt(config, run):
    run.report(0, {"val/f_1": 0.5})
"""
STUDY = """
name: small
trainer: own.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 3
  learning_rate: {values: [0.1, 0.2, 0.3]}
search: {method: grid}
ablation:
  baseline: {learning_rate: 0.1}
  seeds: [0, 1]
  designs: {arms: {fast: {learning_rate: 0.3}}}
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder with a study file and its trainer, which is the working folder."""
    (tmp_path / "own.py").write_text(TRAINER)
    (tmp_path / "study.yaml").write_text(STUDY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(home, *changes, study=STUDY):
    for old, new in changes:
        assert old in study
        study = study.replace(old, new)
    (home / "study.yaml").write_text(study)


def run(**options):
    return sweep.study.run("study.yaml", engine="serial", **options)


def resume(**options):
    return sweep.study.resume("small", engine="serial", **options)


def states(study):
    return Counter(trial.state for trial in study.history.trials.values())


# --------------------------------------------------------------------------- run


def test_a_study_runs_to_its_end_and_is_found_by_name_and_by_folder(home):
    study = run()
    assert study.folder.resolve() == home / "results" / "small"
    assert states(study) == {State.COMPLETE: 7}
    for name in ("small", study.folder, str(study.folder)):
        assert load(name).history.trials.keys() == study.history.trials.keys()
    assert [s.folder for s in studies()] == [study.folder]
    assert (study.folder / "study.yaml").read_text() == STUDY
    assert study.history.sessions[-1].ended == "done"


def test_the_log_says_under_what_the_numbers_came_about(home):
    (session,) = run().history.sessions
    assert session.pid == os.getpid()
    assert {"python", "torch", "numpy", "code", "platform"} <= session.environment.keys()


def test_a_finished_study_resumed_runs_nothing_again(home):
    run()
    heard = []
    resume(listen=lambda history, event: heard.append(event["event"]))
    assert heard == ["session_started", "session_ended"]


def test_there_is_no_study_of_an_unknown_name_and_those_there_are_named(home):
    run()
    with pytest.raises(StudyNotFound, match=r"no study 'smal' in results/; studies there: small"):
        load("smal")


@pytest.mark.parametrize("name", ["x" * 300, "x/" * 3000, "nul\0byte", "../" * 50 + "x" * 400, "\udcff", ""])
def test_a_name_that_no_folder_can_have_is_no_study(home, name):
    with pytest.raises(StudyNotFound, match=r"^no study '.{0,210}' in results/.*; studies there: none yet") as refused:
        load(name)
    assert len(str(refused.value)) < 400


def test_a_study_behind_a_closed_door_is_not_found_and_the_reason_said(home, monkeypatch):
    def closed(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_file", closed)
    with pytest.raises(StudyNotFound, match=r"no study 'small' in results/ \(Permission denied\)"):
        load("small")


@pytest.mark.parametrize("name", ["x" * 300, "nul\0byte"])
def test_a_study_file_of_such_a_name_is_looked_for_under_it(home, name):
    assert find(name) == Path(name)
    with pytest.raises(StudyFileError):
        sweep.study.run(name)


def test_running_a_study_again_is_refused_with_what_to_do(home):
    run()
    before = load("small").folder.joinpath("events.jsonl").read_bytes()
    with pytest.raises(StudyExists, match="Continue with: sweep resume"):
        run()
    write(home, ("learning_rate: 0.1}", "learning_rate: 0.2}"))
    with pytest.raises(
        StudyExists, match=r"(?s)other settings:.*ablation.baseline.learning_rate: 0.1 → 0.2.*--set name="
    ):
        run()
    assert load("small").folder.joinpath("events.jsonl").read_bytes() == before


@pytest.mark.parametrize("left", [b"", b'{"crc":"12'])
def test_a_study_killed_before_its_first_record_can_be_run_again(home, left):
    folder = home / "results" / "small"
    folder.mkdir(parents=True)
    (folder / "events.jsonl").write_bytes(left)
    with pytest.raises(StudyNotFound, match=r"`sweep run` the study file again"):
        resume()
    assert states(run()) == {State.COMPLETE: 7}


@pytest.mark.parametrize(
    "change, error",
    [
        (("goal: maximize", "goal: maximise"), StudyFileError),
        (("own.py:train", "own.py:absent"), StudyFileError),
        (("own.py:train", "nowhere.py:train"), StudyFileError),
        (("val/f1,", "val/f2,"), StudyFileError),
    ],
)
def test_a_wrong_file_is_refused_and_nothing_is_written(home, change, error):
    write(home, change)
    with pytest.raises(error):
        run()
    assert not (home / "results").exists()


def test_an_unknown_engine_is_refused_before_anything_is_read(home):
    for call in (sweep.study.run, sweep.study.resume):
        with pytest.raises(UnknownName, match=r"unknown engine 'seriall'; did you mean 'serial'\?"):
            call("study.yaml", engine="seriall")
    assert not (home / "results").exists()


def test_a_place_that_no_study_can_run_on_is_refused_before_anything_is_written(home):
    for place in ({"address": "auto"}, {"storage": "memory://runs"}):
        with pytest.raises(UsageError):
            run(**place)
    assert not (home / "results").exists()


def test_a_study_whose_cluster_could_not_be_joined_is_started_by_the_same_command(home, monkeypatch):
    def unreachable(*args):
        raise EngineError("the cluster at 10.0.0.5:6379 could not be joined")

    with monkeypatch.context() as patch:
        patch.setattr("sweep.running.serial.execute", unreachable)
        with pytest.raises(EngineError):
            run()
    assert states(load("small")) == {}
    assert states(run()) == {State.COMPLETE: 7}


def test_a_trainer_that_is_gone_is_refused_before_a_session_begins(home):
    run()
    before = (home / "results/small/events.jsonl").read_bytes()
    (home / "study.yaml").unlink()
    (home / "own.py").unlink()
    with pytest.raises(TrainerNotFound, match=r"own\.py"):
        resume()
    assert (home / "results/small/events.jsonl").read_bytes() == before


def test_a_metric_that_no_trial_reports_stops_the_study_and_names_the_nearest(home):
    write(home, ("own.py:train", "own.py:misspelt"))
    with pytest.raises(SweepError, match=r"all 3 finished trials failed alike: MetricMissing.*did you mean 'val/f_1'"):
        run()
    assert states(load("small")) == {State.FAILED: 3}


def test_a_name_is_never_a_way_out_of_the_results_folder(home):
    write(home, ("name: small", "name: ../../etc/small"))
    study = run()
    assert study.folder.resolve().parent == home / "results"


# --------------------------------------------------------------------------- interrupted


def test_the_first_signal_lets_the_running_trial_report_and_a_resume_completes_the_study(home):
    write(home, ("own.py:train", "own.py:interrupting"))
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(
        Interrupted, match=r"(?s)interrupted by SIGINT: 2 trials have ended.*sweep resume results/small"
    ) as hit:
        run()
    assert hit.value.exit_code == 130
    assert signal.getsignal(signal.SIGINT) is before
    left = load("small").history
    assert left.sessions[-1].ended == "interrupted by SIGINT"
    (trial,) = left.unfinished()
    assert (trial.number, trial.reason) == (2, "interrupted by SIGINT")
    assert len(trial.reports) in (1, 2), "its trainer waits for no answer: the one may be heard before the other"
    assert states(resume()) == {State.COMPLETE: 7}
    epochs = Counter(
        (e["trial"], e["epoch"]) for e in replay(home / "results/small/events.jsonl").events if e["event"] == "epoch"
    )
    assert len(epochs) == 21
    assert set(epochs.values()) == {1}


DRIVER = """
import sys
from sweep.errors import SweepError
from sweep.study import run
try:
    run("study.yaml", engine="serial")
except SweepError as error:
    print(error, flush=True)
    sys.exit(error.exit_code)
"""


def drive(home):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(DRIVER)], cwd=home, env=environment, stdout=subprocess.PIPE, text=True
    )


def wait_for(home, text, seconds=60.0):
    waiting.wait_for(text, home / "results/small/events.jsonl", seconds)


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signalled_process_says_how_to_continue_and_exits_as_shells_expect(home, number, code):
    write(home, ("own.py:train", "own.py:slow"))
    with drive(home) as process:
        wait_for(home, b'"event":"epoch"')
        process.send_signal(number)
        said, _ = process.communicate(timeout=30)
    assert process.returncode == code
    assert "sweep resume" in said
    assert states(resume()) == {State.COMPLETE: 7}


def test_a_second_signal_ends_the_process_at_once_and_loses_nothing_recorded(home):
    write(home, ("own.py:train", "own.py:stuck"))
    with drive(home) as process:
        wait_for(home, b'"event":"epoch"')
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        assert process.poll() is None, "the first one waits for the trial's next report"
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        assert time.monotonic() - began < 5
    assert process.returncode == 130
    assert [len(t.reports) for t in load("small").history.unfinished()] == [1]


def test_a_killed_process_leaves_a_study_that_resumes_to_the_same_end(home):
    write(home, ("own.py:train", "own.py:slow"))
    with drive(home) as process:
        wait_for(home, b'"trial":1,"epoch":1')
        process.kill()
    study = resume()
    assert states(study) == {State.COMPLETE: 7}
    assert all([r.epoch for r in t.reports] == [0, 1, 2] for t in study.history.trials.values())


def test_a_study_that_is_being_written_is_refused_and_its_writer_named(home):
    write(home, ("own.py:train", "own.py:slow"))
    with drive(home) as process:
        wait_for(home, b'"event":"epoch"')
        with pytest.raises(StudyLocked, match=f"process {process.pid} on "):
            resume()
        assert load("small").history.running, "reading goes on"
        process.kill()


# --------------------------------------------------------------------------- full, failing and read-only disks


def test_a_folder_that_cannot_be_written_is_refused_before_anything_starts(home, failing_disk):
    heard = []
    for at in (1, 2, 3):
        disk = failing_disk(at, errno.EROFS)
        with (
            durable.on(disk.made()),
            pytest.raises(CannotWrite, match=r"cannot write .*Read-only file system.*--results"),
        ):
            run(listen=lambda history, event: heard.append(event))
    assert heard == []
    (home / "a file").touch()
    with pytest.raises(CannotWrite, match=r"cannot write .*a file: File exists.*move it"):
        run(results=home / "a file")
    assert states(run()) == {State.COMPLETE: 7}, "and nothing is in the way of another try"


def test_a_disk_that_fills_while_trials_run_pauses_the_study_and_a_resume_ends_it(home, failing_disk):
    with durable.on((whole := failing_disk()).made()):
        run(results=home / "calm")
    for at in range(12, len(whole.calls), 41):
        results = home / f"full-{at}"
        with durable.on(failing_disk(at, errno.ENOSPC).made()), pytest.raises(CannotWrite) as stopped:
            run(results=results)
        assert stopped.value.exit_code == 4
        assert re.search(r"cannot write .*free there\). Free some space and `sweep resume`", str(stopped.value))
        study = sweep.study.resume("small", engine="serial", results=results)
        assert states(study) == {State.COMPLETE: 7}
        assert study.history.losses == {}


def test_a_nearly_full_disk_is_noted_but_is_no_caveat_of_the_table(home, monkeypatch):
    monkeypatch.setattr(durable, "free", lambda path: 12_300_000)
    study = run()
    (notice,) = study.history.notices
    assert notice["message"].startswith("only 12.3 MB free in ")
    assert all("MB free" not in caveat.text for caveat in all_caveats(gather(study.history)))


def test_a_study_keeps_as_many_checkpoints_as_its_file_says(home):
    stateful = """
class Weights:
    def state_dict(self): return {}
    def load_state_dict(self, state): pass

def train(config, run):
    for epoch in range(run.restore(weights=Weights()), config["epochs"]):
        run.report(epoch, {"val/f1": 0.5 - epoch / 10})
"""
    (home / "own.py").write_text(stateful)
    for keep, kept in (("1", 2), ("2", 3), ("all", 6)):  # the best one, the first here, comes on top
        write(home, ("epochs: 3", "epochs: 6"), study=f"{STUDY}checkpoint: {{keep: {keep}}}\n")
        study = run(results=home / keep)
        folders = list(study.folder.glob("trials/*/checkpoints"))
        assert [len(list(folder.glob("epoch-*.pt"))) for folder in folders] == [kept] * 7


@pytest.mark.parametrize("keep", ["0", "-1", "some", "1.5", "[1]"])
def test_what_can_be_kept_is_a_count_or_all(home, keep):
    write(home, study=f"{STUDY}checkpoint: {{keep: {keep}}}\n")
    with pytest.raises(StudyFileError, match=r"study\.yaml:\d+: checkpoint\.keep: ") as wrong:
        run()
    assert "all" in str(wrong.value)


# --------------------------------------------------------------------------- damaged or edited


def test_a_torn_log_is_cut_and_said_so(home):
    run()
    path = home / "results/small/events.jsonl"
    path.write_bytes(path.read_bytes()[:-200])
    study = resume()
    assert states(study) == {State.COMPLETE: 7}
    assert "which was cut; nothing had acted on it" in study.history.notices[0]["message"]


def test_a_damaged_log_is_refused_and_left_alone(home):
    run()
    path = home / "results/small/events.jsonl"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)
    with pytest.raises(LogDamaged, match="does not match its checksum"):
        resume()
    assert path.read_bytes() == data


@pytest.mark.parametrize(
    "change, line",
    [
        (("epochs: 3", "epochs: 4"), "parameters.epochs.value: 3 → 4"),
        (("learning_rate: 0.1}", "learning_rate: 0.2}"), "ablation.baseline.learning_rate: 0.1 → 0.2"),
        (("goal: maximize", "goal: minimize"), "metric.goal: 'maximize' → 'minimize'"),
        (("own.py:train", "own.py:slow"), "trainer: 'own.py:train' → 'own.py:slow'"),
    ],
)
@pytest.mark.parametrize("extend", [False, True])
def test_an_edit_that_makes_trials_incomparable_is_refused_with_the_difference(home, change, line, extend):
    run()
    before = (home / "results/small/events.jsonl").read_bytes()
    write(home, change)
    with pytest.raises(StudyChanged) as refused:
        resume(extend=extend)
    assert line in str(refused.value)
    assert (home / "results/small/events.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    "change, trials",
    [
        (("seeds: [0, 1]", "seeds: [0, 1, 2]"), 9),
        (("{fast: {learning_rate: 0.3}}", "{fast: {learning_rate: 0.3}, middle: {learning_rate: 0.2}}"), 9),
        (("{method: grid}", "{method: grid, seeds: [0, 5]}"), 10),
    ],
)
def test_more_work_is_taken_in_with_extend_and_only_that_is_run(home, change, trials):
    run()
    write(home, change)
    with pytest.raises(StudyChanged, match="sweep resume --extend"):
        resume()
    heard = []
    study = resume(extend=True, listen=lambda history, event: heard.append(event))
    assert states(study) == {State.COMPLETE: trials}
    assert sum(event["event"] == "trial_started" for event in heard) == trials - 7
    resume()  # and it is the study now


def test_edits_that_no_number_depends_on_are_taken_in_as_they_are(home):
    run()
    write(home, study=STUDY + "resources: {retries: 5}\nreport: {confidence: 0.9}\ndescription: what for\n")
    study = resume()
    assert study.history.spec.resources.retries == 5
    assert study.history.spec.report.confidence == 0.9


def test_a_comment_is_no_edit_and_a_resume_of_an_unedited_file_records_none(home):
    run()
    write(home, study="# a comment\n" + STUDY)
    assert not [e for e in replay(resume().folder / "events.jsonl").events if e["event"] == "spec_extended"]


def test_a_wrong_edit_is_reported_as_a_wrong_file(home):
    run()
    write(home, ("seeds: [0, 1]", "seeds: zero"))
    with pytest.raises(StudyFileError, match=r"study.yaml:\d+: ablation.seeds"):
        resume()


def test_a_study_goes_on_without_its_file(home):
    run()
    path = home / "results/small/events.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:10]))
    (home / "study.yaml").unlink()
    assert states(resume()) == {State.COMPLETE: 7}


def test_overrides_are_remembered(home):
    run(overrides={"epochs": 2})
    study = resume()
    assert {len(t.reports) for t in study.history.trials.values()} == {2}


def test_a_second_process_that_starts_the_same_study_is_refused(home):
    wanted = home / "results" / "small"
    wanted.mkdir(parents=True)
    with EventLog(wanted / "events.jsonl"), pytest.raises(StudyLocked):
        run()
