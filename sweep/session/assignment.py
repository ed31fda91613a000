"""Build the assignment with which a worker runs a trial."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sweep.history.history import History
from sweep.model.by_epoch import change_epochs, changing
from sweep.model.lineage import current_config, has_copied
from sweep.model.trial import COPIED, Assignment, Copied, Trial, trial_folder
from sweep.search import population
from sweep.session.stop_decision import judged
from sweep.spec import StudySpec


def assignment(history: History, trial: Trial, study_folder: Path) -> Assignment:
    """The next attempt at a trial; it continues after the last epoch that the log records."""
    spec = history.spec
    config = current_config(trial)
    share = history.resources.share(config)
    folds = None if trial.fold is None else spec.folds(trial.stage)
    folder = study_folder / "trials" / trial_folder(trial)
    copied = _copied(history, trial, study_folder)
    last_epoch = trial.reports[-1].epoch if trial.reports else None
    if copied is not None:
        last_epoch = copied.epoch
    checkpoints = history.checkpoints.get(trial.number, {})
    return Assignment(
        trial=trial.number,
        label=trial.label,
        config=config,
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
        copied=copied,
        explored=_explored(spec, trial),
        kept=[*population.boundaries(spec, trial), *change_epochs(config)],
        recorded=population.as_trained(spec, trial) if has_copied(trial) else None,
        first_epoch=None if last_epoch is None else trial.first_epoch,
        stored=history.stored.get(trial.number),
    )


def _copied(history: History, trial: Trial, study_folder: Path) -> Copied | None:
    """The checkpoint that a member took over, until it has trained an epoch from there."""
    copied = trial.attributes.get(COPIED)
    if copied is None or (trial.reports and trial.reports[-1].epoch > copied["epoch"]):
        return None
    source = history.trials[copied["trial"]]
    folder = study_folder / "trials" / trial_folder(source)
    sha256 = history.checkpoints[trial.number][copied["epoch"]]
    return Copied(str(folder.resolve()), copied["epoch"], sha256)


def _explored(spec: StudySpec, trial: Trial) -> Sequence[str]:
    """Parameters whose values change while a trial trains."""
    pbt = population.section(spec)
    if pbt is not None and trial.stage == population.STAGE:
        return pbt.parameters
    return changing(trial.config)
