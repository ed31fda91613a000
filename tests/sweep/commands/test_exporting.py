"""A study in other tools' forms: complete, typed as those need, and only when nobody
works on it."""

import optuna
import pandas as pd
import pytest

from sweep.commands import exporting
from sweep.errors import CannotWrite, StudyLocked
from sweep.log.event_log import FILE_NAME, EventLog
from sweep.study import Study


@pytest.fixture
def study(bench):
    finished = bench()
    finished.run()
    return Study(finished.folder)


def test_parquet_and_csv_hold_the_same_trials_and_epochs(study, tmp_path):
    exporting.write(study, tmp_path / "out")
    trials = pd.read_parquet(tmp_path / "out" / "trials.parquet")
    assert (
        len(trials)
        == len(study.history.trials)
        == len(pd.read_csv(tmp_path / "out/trials.csv"))
    )
    epochs = pd.read_parquet(tmp_path / "out" / "epochs.parquet")
    assert len(epochs) == sum(
        len(trial.reports) for trial in study.history.trials.values()
    )


def test_a_parameter_that_a_trial_lacks_is_missing_not_a_word(study, tmp_path):
    exporting.write(study, tmp_path)
    trials = pd.read_parquet(tmp_path / "trials.parquet")
    without = trials[trials["config.loss_type"] == "ce"]
    assert len(without)
    assert without["config.focal_gamma"].isna().all()


def test_a_journal_of_an_earlier_export_is_replaced(study, tmp_path):
    exporting.write(study, tmp_path)
    exporting.write(study, tmp_path)
    storage = optuna.storages.JournalStorage(
        optuna.storages.journal.JournalFileBackend(str(tmp_path / exporting.JOURNAL))
    )
    assert len(optuna.load_study(study_name="conditional", storage=storage).trials) == 6


def test_a_study_that_is_being_worked_on_is_not_written_to_a_tracker(study):
    with EventLog(study.folder / FILE_NAME), pytest.raises(StudyLocked):
        exporting.track(study, ["tensorboard"])
    assert not (study.folder / "tensorboard").exists()


@pytest.mark.parametrize(
    "place", ["export", "export/trials.csv", f"export/{exporting.JOURNAL}"]
)
def test_an_export_follows_no_link_in_a_study(study, tmp_path, place):
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "file").write_text("precious")
    link = study.folder / place
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(victim if place == "export" else victim / "file")
    if place == "export":
        with pytest.raises(CannotWrite, match="follows no symbolic link"):
            exporting.write(study, study.folder / "export")
    else:
        exporting.write(study, study.folder / "export")
        assert not link.is_symlink()
    assert [path.name for path in victim.iterdir()] == ["file"]
    assert (victim / "file").read_text() == "precious"
