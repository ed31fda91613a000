"""Studies from Python: run, found again, refused; on disks that are full or fail."""

import errno
import os
import re
from pathlib import Path

import pytest

import sweep.study
from sweep import durable
from sweep.errors import (
    CannotWrite,
    EngineError,
    StudyExists,
    StudyFileError,
    StudyNotFound,
    SweepError,
    TrainerNotFound,
    UnknownName,
    UsageError,
)
from sweep.model.trial import State
from sweep.report.caveats import all_caveats
from sweep.report.evidence import gather
from sweep.study import load, studies
from tests.sweep.small import STUDY, resume, run, states, write


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
    assert {
        "python",
        "torch",
        "numpy",
        "code",
        "platform",
    } <= session.environment.keys()


def test_a_finished_study_resumed_runs_nothing_again(home):
    run()
    heard = []
    resume(listen=lambda history, event: heard.append(event.kind))
    assert heard == ["session_started", "session_ended"]


def test_there_is_no_study_of_an_unknown_name_and_those_there_are_named(home):
    run()
    with pytest.raises(
        StudyNotFound, match=r"no study 'smal' in results/; studies there: small"
    ):
        load("smal")


@pytest.mark.parametrize(
    "name", ["x" * 300, "x/" * 3000, "nul\0byte", "../" * 50 + "x" * 400, "\udcff", ""]
)
def test_a_name_that_no_folder_can_have_is_no_study(home, name):
    with pytest.raises(
        StudyNotFound,
        match=r"^no study '.{0,210}' in results/.*; studies there: none yet",
    ) as refused:
        load(name)
    assert len(str(refused.value)) < 400


def test_a_study_behind_a_closed_door_is_not_found_and_the_reason_said(
    home, monkeypatch
):
    def closed(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_file", closed)
    with pytest.raises(
        StudyNotFound, match=r"no study 'small' in results/ \(Permission denied\)"
    ):
        load("small")


def test_running_a_study_again_is_refused_with_what_to_do(home):
    run()
    before = load("small").folder.joinpath("events.jsonl").read_bytes()
    with pytest.raises(StudyExists, match="Continue with: sweep resume"):
        run()
    write(home, ("learning_rate: 0.1}", "learning_rate: 0.2}"))
    with pytest.raises(
        StudyExists,
        match=r"(?s)other settings:.*ablation.baseline.learning_rate: 0.1 → 0.2.*--set name=",
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
        with pytest.raises(
            UnknownName, match=r"unknown engine 'seriall'; did you mean 'serial'\?"
        ):
            call("study.yaml", engine="seriall")
    assert not (home / "results").exists()


def test_a_place_that_no_study_can_run_on_is_refused_before_anything_is_written(home):
    for place in ({"address": "auto"}, {"storage": "memory://runs"}):
        with pytest.raises(UsageError):
            run(**place)
    assert not (home / "results").exists()


def test_a_study_whose_cluster_could_not_be_joined_is_started_by_the_same_command(
    home, monkeypatch
):
    def unreachable(*args):
        raise EngineError("the cluster at 10.0.0.5:6379 could not be joined")

    with monkeypatch.context() as patch:
        patch.setattr("sweep.session.serial.execute", unreachable)
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
    with pytest.raises(
        SweepError,
        match=r"all 3 finished trials failed for the same reason: MetricMissing.*did you mean 'val/f_1'",
    ):
        run()
    assert states(load("small")) == {State.FAILED: 3}


def test_a_name_is_never_a_way_out_of_the_results_folder(home):
    write(home, ("name: small", "name: ../../etc/small"))
    study = run()
    assert study.folder.resolve().parent == home / "results"


# --------------------------------------------------------------------------- full,
# failing and read-only disks


def test_a_folder_that_cannot_be_written_is_refused_before_anything_starts(
    home, failing_disk
):
    heard = []
    for at in (1, 2, 3):
        disk = failing_disk(at, errno.EROFS)
        with (
            durable.on(disk.made()),
            pytest.raises(
                CannotWrite, match=r"cannot write .*Read-only file system.*--results"
            ),
        ):
            run(listen=lambda history, event: heard.append(event))
    assert heard == []
    (home / "a file").touch()
    with pytest.raises(
        CannotWrite, match=r"cannot write .*a file: File exists.*move it"
    ):
        run(results=home / "a file")
    assert states(run()) == {State.COMPLETE: 7}, (
        "and nothing is in the way of another try"
    )


def test_a_disk_that_fills_while_trials_run_pauses_the_study_and_a_resume_ends_it(
    home, failing_disk
):
    with durable.on((whole := failing_disk()).made()):
        run(results=home / "calm")
    for at in range(12, len(whole.calls), 41):
        results = home / f"full-{at}"
        with (
            durable.on(failing_disk(at, errno.ENOSPC).made()),
            pytest.raises(CannotWrite) as stopped,
        ):
            run(results=results)
        assert stopped.value.exit_code == 4
        assert re.search(
            r"cannot write .*free there\). Free some space and `sweep resume`",
            str(stopped.value),
        )
        study = sweep.study.resume("small", engine="serial", results=results)
        assert states(study) == {State.COMPLETE: 7}
        assert study.history.losses == {}


def test_a_nearly_full_disk_is_noted_but_is_no_caveat_of_the_table(home, monkeypatch):
    monkeypatch.setattr(durable, "free", lambda path: 12_300_000)
    study = run()
    (notice,) = study.history.notices
    assert notice.message.startswith("only 12.3 MB free in ")
    assert all(
        "MB free" not in caveat.text for caveat in all_caveats(gather(study.history))
    )


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
    for keep, kept in (
        ("1", 2),
        ("2", 3),
        ("all", 6),
    ):  # the best one, the first here, comes on top
        write(
            home,
            ("epochs: 3", "epochs: 6"),
            study=f"{STUDY}checkpoint: {{keep: {keep}}}\n",
        )
        study = run(results=home / keep)
        folders = list(study.folder.glob("trials/*/checkpoints"))
        assert [len(list(folder.glob("epoch-*.pt"))) for folder in folders] == [
            kept
        ] * 7


@pytest.mark.parametrize("keep", ["0", "-1", "some", "1.5", "[1]"])
def test_what_can_be_kept_is_a_count_or_all(home, keep):
    write(home, study=f"{STUDY}checkpoint: {{keep: {keep}}}\n")
    with pytest.raises(
        StudyFileError, match=r"study\.yaml:\d+: checkpoint\.keep: "
    ) as wrong:
        run()
    assert "all" in str(wrong.value)
