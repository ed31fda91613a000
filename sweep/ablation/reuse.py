"""Trials that another study of the same results folder has already run.

Two trials are the same run if they have the same trainer, wherever it lies, configuration, seed,
fold and number of folds, the same metric to select by, and were run under the same code, Python and
libraries. Only a complete one is taken over: a pruned one stopped where its own study's rivals stood, and a failed
one may have failed by accident.

What counts as the same environment is everything that a session records and a number may depend on:
the digest of the trainer's code, and the versions of Python and of the libraries. A session that
recorded no code digest has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sweep.errors import SweepError
from sweep.history.history import History
from sweep.history.opening import read
from sweep.log.event_log import FILE_NAME
from sweep.model.events import Event, Notice
from sweep.model.trial import State, Trial, configuration_key
from sweep.model.trial_events import TrialReused
from sweep.provenance.environment import IDLE
from sweep.spec import StudySpec

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Source:
    """A complete trial of another study."""

    study: str
    trial: Trial
    key: Key = ()


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
        self._alike: dict[Key, list[Source]] = {}  # by all but what a number may depend on
        self._said: set[str] = set()

    def __call__(self, trial: Trial) -> list[Event]:
        """The event that completes `trial` with what another study found, if one ran it.

        With the first answer comes a notice of every study that could not be read, and is left out;
        with any, one of why trials that look the same are not.
        """
        history = self._history
        sessions = history.sessions[-1:]
        environment = _environment(sessions[0].environment) if sessions else None
        if environment is None or "seeds" in trial.attributes:
            return []  # seeds drawn apart: no other study has trained this
        notices: list[Event] = []
        if self._sources is None:
            self._sources = self._read_others(notices)
            for found, source in self._sources.items():
                self._alike.setdefault(_training(found), []).append(replace(source, key=found))
        wanted = key(history.spec, trial, environment)
        same_run = self._sources.get(wanted)
        if same_run is not None:
            return [*notices, taken_over(trial, same_run)]
        return [*notices, *self._why_not(wanted)]

    def _why_not(self, wanted: Key) -> list[Event]:
        """A notice, once, of each study that trained the same configuration otherwise."""
        notices: list[Event] = []
        for source in self._alike.get(_training(wanted), []):
            why = "; ".join(_differences(source.key, wanted))
            text = f"trials of {source.study} that are alike are not reused: {why}"
            if text not in self._said:
                self._said.add(text)
                notices.append(Notice(text, caveat=False))
        return notices

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
            except SweepError as error:  # its log is damaged
                notices.append(Notice(f"no trial of {other.name} is reused: {error}"))
        return sources


def complete(history: History, study: str) -> dict[Key, Source]:
    """The trials of a study that others may take over, each under its key."""
    sources: dict[Key, Source] = {}
    for trial in history.trials.values():
        if trial.state is not State.COMPLETE:
            continue
        sessions = history.sessions_of(trial.number)
        environments = {_environment(session.environment) for session in sessions}
        environment = environments.pop() if len(environments) == 1 else None
        if environment is not None:
            sources[key(history.spec, trial, environment)] = Source(study, trial)
    return sources


def key(spec: StudySpec, trial: Trial, environment: frozenset[tuple[str, str]]) -> Key:
    """Equal for two trials that are the same training run, wherever their code lies."""
    return (
        spec.trainer_name,
        f"{spec.metric.goal} {spec.metric.name}",
        environment,
        configuration_key(trial.config),
        trial.seed,
        trial.fold,
        None if trial.fold is None else spec.folds(trial.stage),
    )


def _training(found: Key) -> Key:
    """The part of a key that a study file says: configuration, seed, fold."""
    return found[3:]


def _differences(there: Key, here: Key) -> list[str]:
    """Why two trials of one configuration, seed and fold are not the same run."""
    lines = []
    for name, before, now in zip(("trainer", "metric"), there, here, strict=False):
        if before != now:
            lines.append(f"{name} {before} there, {now} here")
    before, now = dict(there[2]), dict(here[2])
    changed = sorted({name for name, _ in there[2] ^ here[2]})
    lines += [f"{name} {before.get(name)} there, {now.get(name)} here" for name in changed]
    return lines


def taken_over(trial: Trial, source: Source) -> TrialReused:
    """The event that gives `trial` the reports of another study's trial."""
    other = source.trial
    reports, overhead = tuple(other.reports), other.overhead
    return TrialReused(trial.number, source.study, other.number, reports, overhead)


def _environment(environment: Mapping[str, str]) -> frozenset[tuple[str, str]] | None:
    """What numbers depend on, None where the code is not known."""
    if not environment.get("code"):
        return None
    return frozenset((name, value) for name, value in environment.items() if name not in IDLE)
