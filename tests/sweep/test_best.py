"""The best trial: complete, the best on the study's metric, the first of equals."""

from pathlib import Path

import pytest

from sweep.best import best_of
from sweep.errors import SweepError
from sweep.model.trial import State, trial_folder
from sweep.study import load
from tests.sweep import small
from tests.sweep.small import write


def test_without_a_complete_trial_there_is_none(home):
    write(home, ("own.py:train", "own.py:misspelt"))
    with pytest.raises(
        SweepError, match="all 3 finished trials failed for the same reason"
    ):
        small.run()
    history = load("small").history
    assert {trial.state for trial in history.trials.values()} == {State.FAILED}
    assert best_of(history, Path("results/small")) is None


def test_it_is_the_best_complete_trial_read_at_its_selected_epoch(home):
    write(home, study=small.SEARCH)
    study = small.run()
    best = best_of(study.history, study.folder)
    trials = study.history.trials
    assert best.value == max(
        t.best("val/f1", "maximize").metrics["val/f1"] for t in trials.values()
    )
    assert best.config["learning_rate"] == 0.3
    assert (best.epoch, best.fold) == (3, None)
    assert best.metrics == {"val/f1": best.value, "test/f1": 0.5}
    assert best.folder == study.folder / "trials" / trial_folder(trials[best.trial])
    assert best.folder.is_dir()


def test_of_equals_it_is_the_first(home):
    own = "def train(config, run):\n    run.report(0, {'val/f1': 0.5})\n"
    (home / "own.py").write_text(own)
    write(home, study=small.SEARCH)
    study = small.run()
    assert len(study.history.trials) == 3
    assert best_of(study.history, study.folder).trial == 0
