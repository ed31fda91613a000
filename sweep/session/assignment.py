"""Build the assignment with which a worker runs a trial."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sweep.history.history import History
from sweep.model.by_epoch import change_epochs, changing
from sweep.model.lineage import current_config, has_copied
from sweep.model.trial import (
    COPIED,
    Assignment,
    Configuration,
    Copied,
    Trial,
    trial_folder,
)
from sweep.search import population
from sweep.session.stop_decision import judged
from sweep.spec import StudySpec


def assignment(history: History, trial: Trial, study_folder: Path) -> Assignment:
    """The next attempt at a trial; it continues after the last epoch that the log records."""
    spec = history.spec
    config = current_config(trial)
    share = history.resources.share(config)
    folder = study_folder / "trials" / trial_folder(trial)
    checkpoints = history.checkpoints.get(trial.number, {})
    copied = _copied(history, trial, study_folder)
    last_epoch = _last_epoch(trial, copied)
    first_epoch = None if last_epoch is None else trial.first_epoch
    decisions = population.boundaries(spec, trial)
    return Assignment(
        trial=trial.number,
        label=trial.label,
        config=config,
        seed=trial.seed,
        seeds=trial.attributes.get("seeds"),
        fold=trial.fold,
        folds=None if trial.fold is None else spec.folds(trial.stage),
        attempt=trial.attempts + 1,
        folder=str(folder.resolve()),
        last_epoch=last_epoch,
        checkpoints=dict(checkpoints),
        cpu=share.cpu,
        gpu=share.gpu,
        judged=judged(spec, trial),
        copied=copied,
        explored=_explored(spec, trial),
        kept=[*decisions, *change_epochs(config)],
        recorded=_recorded(spec, trial),
        first_epoch=first_epoch,
        stored=history.stored.get(trial.number),
    )


def _last_epoch(trial: Trial, copied: Copied | None) -> int | None:
    """The epoch after which the attempt continues; None: it starts from the beginning."""
    if copied is not None:
        return copied.epoch
    if trial.reports:
        return trial.reports[-1].epoch
    return None


def _recorded(spec: StudySpec, trial: Trial) -> Configuration | None:
    """The configuration as the log records it, of a member that has copied another one."""
    if not has_copied(trial):
        return None
    return population.as_trained(spec, trial)


def _copied(history: History, trial: Trial, study_folder: Path) -> Copied | None:
    """The checkpoint that a member took over, until it has trained an epoch from there."""
    copied = trial.attributes.get(COPIED)
    if copied is None:
        return None
    epoch = copied["epoch"]
    has_trained = bool(trial.reports) and trial.reports[-1].epoch > epoch
    if has_trained:
        return None
    source = history.trials[copied["trial"]]
    folder = study_folder / "trials" / trial_folder(source)
    sha256 = history.checkpoints[trial.number][epoch]
    return Copied(str(folder.resolve()), epoch, sha256)


def _explored(spec: StudySpec, trial: Trial) -> Sequence[str]:
    """Parameters whose values change while a trial trains."""
    pbt = population.section(spec)
    if pbt is not None and trial.stage == population.STAGE:
        return pbt.parameters
    return changing(trial.config)
