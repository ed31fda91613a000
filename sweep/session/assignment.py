"""What a worker is handed to run a trial."""

from __future__ import annotations

from pathlib import Path

from sweep.history.history import History
from sweep.model.trial import Assignment, Trial, trial_folder
from sweep.session.stop_decision import judged


def assignment(history: History, trial: Trial, study_folder: Path) -> Assignment:
    """The next attempt at a trial, which goes on where the log says that the last one ended."""
    share = history.spec.resources.share(trial.config)
    return Assignment(
        trial=trial.number,
        label=trial.label,
        config=trial.config,
        seed=trial.seed,
        seeds=trial.attributes.get("seeds"),
        fold=trial.fold,
        folds=None if trial.fold is None else history.spec.folds(trial.stage),
        attempt=trial.attempts + 1,
        folder=str((study_folder / "trials" / trial_folder(trial)).resolve()),
        last_epoch=trial.reports[-1].epoch if trial.reports else None,
        checkpoints=dict(history.checkpoints.get(trial.number, {})),
        cpu=share.cpu,
        gpu=share.gpu,
        judged=judged(history.spec, trial),
    )
