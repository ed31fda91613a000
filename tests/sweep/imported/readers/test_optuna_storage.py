"""Optuna's storages."""

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from sweep.imported.columns import Columns
from sweep.imported.importing import import_files
from sweep.imported.readers.optuna_storage import OPTUNA
from sweep.imported.table import STATE
from tests.sweep.imported.readers import sources


def test_trials_that_have_not_ended_are_left_out_and_said(tmp_path):
    path = sources.optuna_journal(tmp_path)
    storage = JournalStorage(JournalFileBackend(str(path)))
    optuna.load_study(study_name="s", storage=storage).ask()
    table = OPTUNA.read(path)
    assert table.notes == ("1 trials that had not ended were left out",)


def test_pruned_and_failed_trials_are_known_as_such(tmp_path):
    path = sources.optuna_journal(tmp_path)
    storage = JournalStorage(JournalFileBackend(str(path)))
    study = optuna.load_study(study_name="s", storage=storage)
    study.tell(study.ask(), state=optuna.trial.TrialState.FAIL)
    states = OPTUNA.read(path).rows.groupby("run")[STATE].first()
    assert states.tolist() == ["complete", "complete", "failed"]


def test_other_files_are_none(tmp_path):
    (tmp_path / "x.log").write_text("epoch 1\n")
    assert not OPTUNA.recognises(tmp_path / "x.log")


def _study_that_returns_its_best(folder, direction):
    path = folder / "best.log"
    storage = JournalStorage(JournalFileBackend(str(path)))
    study = optuna.create_study(storage=storage, study_name="s", direction=direction)

    def objective(trial):
        arm = trial.suggest_categorical("arm", ["a", "b"])
        trial.suggest_int("seed", 0, 3)
        for epoch, value in enumerate((0.5, 0.25, 0.75)):
            trial.report(value, epoch)
        return 0.25 if arm == "a" else 0.5

    for arm in ("a", "b"):
        for seed in range(4):
            study.enqueue_trial({"arm": arm, "seed": seed})
    study.optimize(objective, n_trials=8)
    return path


def test_the_direction_is_the_studys_and_no_guess(tmp_path):
    path = _study_that_returns_its_best(tmp_path, "minimize")
    columns = Columns(arm="arm", seed="seed", metrics=("value",))
    done = import_files([path], "theirs", tmp_path, columns)
    assert done.goal == "minimize"


def test_the_value_is_what_a_trial_returned_not_what_it_reported_last(tmp_path):
    table = OPTUNA.read(_study_that_returns_its_best(tmp_path, "maximize"))
    by_run = table.rows.groupby("run")
    assert by_run["value"].last().tolist() == [0.25] * 4 + [0.5] * 4
    assert by_run["reported"].last().tolist() == [0.75] * 8
    assert (
        "value is the value that a trial returned, reported the values that it reported"
        in table.notes
    )
