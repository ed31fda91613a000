"""`sweep export`: what it writes is read by pandas, by Optuna, or by the tracker that was named."""

from pathlib import Path

import optuna
import pandas as pd

from tests.sweep.commands.invoking import sweep


def test_trials_are_read_by_pandas_and_the_search_by_optuna(finished):
    code, printed = sweep("export", "tiny")
    assert code == 0
    assert len(pd.read_parquet(finished / "export" / "trials.parquet")) == 10
    journal = finished / "export" / "optuna-journal.log"
    assert str(journal) in printed
    storage = optuna.storages.JournalStorage(
        optuna.storages.journal.JournalFileBackend(str(journal))
    )
    assert len(optuna.load_study(study_name="tiny", storage=storage).trials) == 4


def test_the_export_is_written_to_the_given_folder(finished):
    sweep("export", "tiny", "--folder", "elsewhere")
    assert (Path("elsewhere") / "epochs.csv").is_file()
    assert not (finished / "export").exists()


def test_runs_go_to_a_tracker_instead(finished):
    assert sweep("export", "tiny", "--to", "tensorboard")[0] == 0
    assert len(list((finished / "tensorboard").iterdir())) == 10
    assert not (finished / "export").exists()


def test_an_unknown_tracker_is_refused_with_the_known_ones(finished):
    code, message = sweep("export", "tiny", "--to", "tensorbord")
    assert code == 2
    assert "did you mean 'tensorboard'" in message
