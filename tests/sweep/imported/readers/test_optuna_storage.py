"""Optuna's storages."""

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

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
