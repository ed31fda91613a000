"""Trials that another study of the same results folder has already run.

Two trials are the same run if they have the same trainer, configuration, seed, fold and number of
folds, the same metric to select by, and were run under the same code, Python and libraries. Only a
complete one is taken over: a pruned one stopped where its own study's rivals stood, and a failed
one may have failed by accident.

What counts as the same environment is everything that a session records and a number may depend on:
the digest of the trainer's code, and the versions of Python and of the libraries. A session that
recorded no code digest has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweep.errors import SweepError
from sweep.history.history import History
from sweep.history.opening import read
from sweep.log.event_log import FILE_NAME
from sweep.model.events import Event, Notice, TrialReused
from sweep.model.trial import State, Trial, configuration_key
from sweep.provenance.environment import IDLE
from sweep.spec import StudySpec

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Source:
    """A complete trial of another study."""

    study: str
    trial: Trial


class Finished:
    """The complete trials of the other studies in a results folder, read when the first is asked
    for.

    Args:
        history: the study that wants to reuse.
        folder: its own folder, beside which the others are looked for.
    """

    def __init__(self, history: History, folder: Path):
        self._history, self._folder = history, folder
        self._sources: dict[Key, Source] | None = None
        self._trainer = ""

    def __call__(self, trial: Trial) -> list[Event]:
        """The event that completes `trial` with what another study found, if one ran it.

        With the first answer comes a notice of every study that could not be read, and is left out.
        """
        history = self._history
        sessions = history.sessions[-1:]
        environment = _environment(sessions[0].environment) if sessions else None
        if environment is None:
            return []
        notices: list[Event] = []
        if self._sources is None:
            self._trainer = _trainer(history.spec)
            self._sources = self._read_others(notices)
        source = self._sources.get(key(history.spec, self._trainer, trial, environment))
        return notices if source is None else [*notices, taken_over(trial, source)]

    def _read_others(self, notices: list[Event]) -> dict[Key, Source]:
        """The complete trials of all other studies; of equal ones that of the first study by name."""
        this_folder = self._folder.resolve()
        sources: dict[Key, Source] = {}
        for path in sorted(this_folder.parent.glob(f"*/{FILE_NAME}"), reverse=True):
            other = path.parent
            if other == this_folder:
                continue
            try:
                sources |= complete(read(other), other.name)
            except SweepError as error:  # its log is damaged, or its trainer is gone
                notices.append(Notice(f"no trial of {other.name} is reused: {error}"))
        return sources


def complete(history: History, study: str) -> dict[Key, Source]:
    """The trials of a study that others may take over, each under its key."""
    trainer = _trainer(history.spec)
    sources: dict[Key, Source] = {}
    for trial in history.trials.values():
        if trial.state is not State.COMPLETE:
            continue
        sessions = history.sessions_of(trial.number)
        environments = {_environment(session.environment) for session in sessions}
        environment = environments.pop() if len(environments) == 1 else None
        if environment is not None:
            sources[key(history.spec, trainer, trial, environment)] = Source(study, trial)
    return sources


def key(
    spec: StudySpec, trainer: str, trial: Trial, environment: frozenset[tuple[str, str]]
) -> Key:
    """Equal for two trials that are the same training run."""
    return (
        trainer,
        spec.metric.name,
        spec.metric.goal,
        configuration_key(trial.config),
        trial.seed,
        trial.fold,
        None if trial.fold is None else spec.folds(trial.stage),
        environment,
    )


def taken_over(trial: Trial, source: Source) -> TrialReused:
    """The event that gives `trial` the reports of another study's trial."""
    other = source.trial
    reports, overhead = tuple(other.reports), other.overhead
    return TrialReused(trial.number, source.study, other.number, reports, overhead)


def _trainer(spec: StudySpec) -> str:
    """What a study trains with, a file by its absolute path, a command with all its settings."""
    if spec.command is not None:
        return f"command in {spec.base_dir}: {spec.command.model_dump_json()}"
    trainer = spec.reference()
    return f"{trainer.kind} {trainer.target}"


def _environment(environment: Mapping[str, str]) -> frozenset[tuple[str, str]] | None:
    """What numbers depend on, None where the code is not known."""
    if not environment.get("code"):
        return None
    return frozenset((name, value) for name, value in environment.items() if name not in IDLE)
