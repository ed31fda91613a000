"""What a worker is handed to run a trial."""

from __future__ import annotations

from pathlib import Path

from sweep.history.history import History
from sweep.model.trial import Assignment, Trial, trial_folder
from sweep.session.stop_decision import judged


def assignment(history: History, trial: Trial, study_folder: Path) -> Assignment:
    """The next attempt at a trial; it continues after the last epoch that the log records."""
    spec = history.spec
    share = spec.resources.share(trial.config)
    folds = None if trial.fold is None else spec.folds(trial.stage)
    folder = study_folder / "trials" / trial_folder(trial)
    last_epoch = trial.reports[-1].epoch if trial.reports else None
    checkpoints = history.checkpoints.get(trial.number, {})
    return Assignment(
        trial=trial.number,
        label=trial.label,
        config=trial.config,
        seed=trial.seed,
        seeds=trial.attributes.get("seeds"),
        fold=trial.fold,
        folds=folds,
        attempt=trial.attempts + 1,
        folder=str(folder.resolve()),
        last_epoch=last_epoch,
        checkpoints=dict(checkpoints),
        cpu=share.cpu,
        gpu=share.gpu,
        judged=judged(spec, trial),
    )
