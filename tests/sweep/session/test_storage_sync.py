"""What trials left in a storage comes to the study's folder, and the log is kept there
for another machine."""

import shutil
from pathlib import Path

import pytest

from sweep.errors import CannotWrite, StudyExists, StudyNotFound
from sweep.history.folding import fold
from sweep.log.reader import replay
from sweep.model.trial import trial_folder
from sweep.session import storage_sync as couriers
from sweep.session import stored_log
from sweep.session.storage_sync import StorageSync, bring_study
from sweep.storage import Storage
from sweep.worker.mirror import Mirror


@pytest.fixture
def storage(tmp_path):
    return Storage(f"file://{tmp_path}/store/study", pause=lambda seconds: None)


@pytest.fixture
def storing(workers, storage, tmp_path):
    """Scripted workers elsewhere, which store a trial's files before each report."""

    class Storing(workers):
        def advance(self, schedule, assignment, epoch):
            folder = tmp_path / "elsewhere" / Path(assignment.folder).name
            (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
            (folder / "predictions.csv").write_text(folder.name)
            (folder / "checkpoints/epoch-00000.pt").write_bytes(b"weights")
            manifest = Mirror(storage, f"trials/{folder.name}", folder).send()
            assert schedule.stored(assignment.trial, assignment.attempt, manifest)
            return super().advance(schedule, assignment, epoch)

    return Storing


@pytest.fixture
def carried_out(bench, storage, storing):
    """A study whose workers are elsewhere: its bench, history and `StorageSync`."""

    def carry_out(**more):
        study = bench().create()
        study.folder.joinpath("study.yaml").touch()
        storage_sync = StorageSync(storage, study.folder, **more)
        storage_sync.start(fold(replay(study.log).events))
        history = study.session(storing(), listen=storage_sync)
        storage_sync.close()
        storage_sync.copy_log()
        return study, history, storage_sync

    return carry_out


def test_outputs_of_ended_trials_are_fetched_and_checkpoints_stay_in_the_storage(
    carried_out,
):
    study, history, storage_sync = carried_out()
    assert storage_sync.problems == []
    for trial in history.trials.values():
        name = trial_folder(trial)
        assert (study.folder / "trials" / name / "predictions.csv").read_text() == name
        assert not (study.folder / "trials" / name / "checkpoints").exists()


def test_a_study_resumes_on_a_machine_that_fetched_its_log(
    carried_out, tmp_path, story
):
    _, history, _ = carried_out()
    bring_study(f"file://{tmp_path}/store", "study", tmp_path / "new/study")
    assert story(fold(replay(tmp_path / "new/study/events.jsonl").events)) == story(
        history
    )
    with pytest.raises(StudyNotFound, match=r"no log/\*\.jsonl"):
        bring_study(f"file://{tmp_path}/store", "another", tmp_path / "new/another")


def test_outputs_missed_by_a_killed_driver_are_fetched_by_the_next(
    carried_out, storage, tmp_path
):
    study, history, _ = carried_out()
    trials = study.folder / "trials"
    names = [trial_folder(trial) for trial in history.trials.values()]
    shutil.rmtree(trials / names[0])
    (trials / names[1] / "predictions.csv").unlink()
    log = study.log.read_bytes()
    study.log.write_bytes(
        log[: log.rindex(b"\n", 0, -1) + 1]
    )  # killed before the session's last record, and before the copy of it
    shutil.rmtree(tmp_path / "store/study/log")
    storage_sync = StorageSync(storage, study.folder)
    storage_sync.start(fold(replay(study.log).events))
    storage_sync.close()
    assert [(trials / name / "predictions.csv").read_text() for name in names] == names


def test_the_log_is_not_stored_after_every_trial(carried_out, storage, monkeypatch):
    stored = []
    real = storage.put
    monkeypatch.setattr(
        storage, "put", lambda data, name: stored.append(name) or real(data, name)
    )
    carried_out(clock=lambda: 0.0)
    copies = [name for name in stored if name.startswith("log/")]
    assert len(copies) == 3, "at the start, after the first trial, at the end"


def test_the_storage_of_another_study_of_this_name_is_refused(
    bench, carried_out, storage
):
    carried_out()
    other = bench().create()
    other.folder.joinpath("study.yaml").touch()
    with pytest.raises(StudyExists, match="another study"):
        StorageSync(storage, other.folder).start(fold(replay(other.log).events))


def test_a_local_trial_is_stored_before_it_continues_elsewhere(
    bench, storage, tmp_path
):
    study = bench().create()
    study.folder.joinpath("study.yaml").touch()
    study.session(
        before=lambda schedule: (schedule.next(), schedule.request_stop("stop"))
    )
    history = fold(replay(study.log).events)
    (trial,) = history.unfinished()
    place = study.folder / "trials" / trial_folder(trial)
    (place / "checkpoints").mkdir(parents=True)
    (place / "checkpoints/epoch-00000.pt").write_bytes(b"weights")
    storage_sync = StorageSync(storage, study.folder)
    (stored,) = storage_sync.start(history)
    storage_sync.close()
    assert stored.trial == trial.number
    there = Mirror(storage, f"trials/{place.name}", tmp_path / "there")
    assert there.fetch(stored.manifest) == []
    assert (tmp_path / "there/checkpoints/epoch-00000.pt").read_bytes() == b"weights"


def test_a_failing_storage_gives_one_notice_and_the_study_continues(
    carried_out, monkeypatch
):
    def refuse(self, manifest, **more):
        raise CannotWrite("the storage does not answer")

    monkeypatch.setattr(couriers.Mirror, "fetch", refuse)
    _, history, storage_sync = carried_out()
    assert all(trial.state.finished for trial in history.trials.values())
    assert storage_sync.problems == ["the storage does not answer"]


def test_what_the_copy_of_the_log_names_is_there_and_nothing_is_left_at_the_end(
    carried_out, storage, tmp_path, monkeypatch
):
    """For the loss of the machine with the log: whenever it is lost, the copy can go on."""
    removed = []

    def check(name):
        log = stored_log.read(storage)
        (tmp_path / "copy.jsonl").write_bytes(log)
        history = fold(replay(tmp_path / "copy.jsonl").events)
        for number, manifest in history.stored.items():
            trial = f"trials/{trial_folder(history.trials[number])}"
            assert Mirror(storage, trial, tmp_path / "x").holds(manifest), name

    def removing(name, remove=storage.remove):
        remove(name)
        removed.append(name)
        check(name)

    monkeypatch.setattr(storage, "remove", removing)
    monkeypatch.setattr(couriers, "MOST_SUPERSEDED", 2)
    _, history, storage_sync = carried_out(clock=lambda: 0.0)
    assert storage_sync.problems == []
    assert removed
    assert len(storage.names("trials")) == 3 * len(history.trials)
