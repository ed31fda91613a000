"""Trials that another study of the same results folder has already run.

Two trials are the same run if they have the same trainer, wherever it lies, configuration, seed,
fold and number of folds, the same metric to select by, and were run under the same code, Python and
libraries. Only a complete one is taken over: a pruned one stopped where its own study's
rivals stood, and a failed one may have failed by accident. A population's member that copied
another one is no run of its configuration.

What counts as the same environment is everything that a session records and a number may depend on:
the digest of the trainer's code, and the versions of Python and of the libraries. A session that
recorded no code digest has none. What the other study's trials were found to depend on, the files
they read and the libraries they imported, must be here, and be what it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sweep.errors import SweepError
from sweep.history.history import History
from sweep.history.opening import read
from sweep.log.event_log import FILE_NAME
from sweep.model.events import DependenciesFound, Event, Notice
from sweep.model.lineage import has_copied
from sweep.model.trial import State, Trial, configuration_key
from sweep.model.trial_events import TrialReused
from sweep.provenance import dependencies
from sweep.provenance.dependencies import Dependencies
from sweep.provenance.environment import decisive
from sweep.search import population
from sweep.shortened import joined_texts
from sweep.spec import StudySpec

Key = tuple[Any, ...]
_MOST_LISTED = 10  # differences that a notice names


@dataclass(frozen=True)
class Source:
    """A complete trial of another study.

    Attributes:
        depends: what that study's trials depend on besides the trainer's code.
        outdated: whether a dependency was changed while or after this trial was trained.
    """

    study: str
    trial: Trial
    depends: Dependencies = field(default_factory=Dependencies)
    outdated: bool = False
    key: Key = ()


class Finished:
    """The complete trials of other studies in a results folder, read at the first call.

    Args:
        history: the study that reuses trials.
        folder: its folder; the other studies are beside it.
    """

    def __init__(self, history: History, folder: Path):
        self._history, self._folder = history, folder
        self._sources: list[Source] | None = None
        self._same: dict[Key, list[Source]] = {}
        # by all but what a number may depend on
        self._alike: dict[Key, list[Source]] = {}
        # study → what its trials depend on is another now
        self._changes: dict[str, list[str]] = {}
        # files of `depends_on`, once they were read
        self._named: Mapping[str, str] | None = None
        self._said: set[str] = set()

    def __call__(self, trial: Trial) -> list[Event]:
        """The event that completes `trial` with another study's reports, if one ran it.

        The first call adds a notice for every study that cannot be read. A notice also says why a
        trial that looks the same is not reused.
        """
        history = self._history
        sessions = history.sessions[-1:]
        environment = _environment(sessions[0].environment) if sessions else None
        if environment is None or "seeds" in trial.attributes:
            return []  # seeds drawn apart: no other study has trained this
        if population.boundaries(history.spec, trial):
            return []  # a member is trained beside the others, whom it may copy
        events: list[Event] = []
        if self._sources is None:
            self._sources = self._read_others(events)
            for source in self._sources:
                self._same.setdefault(source.key, []).append(source)
                self._alike.setdefault(_training(source.key), []).append(source)
        trial_key = key(history.spec, trial, environment)
        for source in self._same.get(trial_key, []):
            if not self._changed(source):
                return [*events, *self._dependencies(source), taken_over(trial, source)]
        return [*events, *self._why_not(trial_key)]

    def _changed(self, source: Source) -> list[str]:
        """One line for each dependency of the trial that is missing or changed here."""
        if source.outdated:
            return ["its code, data or libraries changed after its trials ran"]
        if source.study not in self._changes:
            root = Path(self._history.spec.base_dir)
            lines = dependencies.changes(source.depends, root)
            if self._named is None:
                self._named = dependencies.named_files(
                    self._history.spec.depends_on, root
                ).files
            unknown = sorted(self._named.keys() - source.depends.files.keys())
            lines += [f"that study did not record {name}" for name in unknown]
            self._changes[source.study] = lines
        return self._changes[source.study]

    def _dependencies(self, source: Source) -> list[Event]:
        """The dependencies of a reused trial, which become dependencies of this study."""
        recorded = Dependencies(
            self._history.dependencies, 0, self._history.distributions
        )
        new = source.depends.beyond(recorded)
        return (
            [DependenciesFound(**new.plain())] if new.files or new.distributions else []
        )

    def _why_not(self, trial_key: Key) -> list[Event]:
        """One notice for each study that trained the same configuration in another environment."""
        notices: list[Event] = []
        for source in self._alike.get(_training(trial_key), []):
            lines = _differences(source.key, trial_key) or self._changed(source)
            text = (
                f"trials of {source.study} with the same configuration are not "
                f"reused: {joined_texts(lines, _MOST_LISTED)}"
            )
            if text not in self._said:
                self._said.add(text)
                notices.append(Notice(text, caveat=False))
        return notices

    def _read_others(self, notices: list[Event]) -> list[Source]:
        """The complete trials of all other studies, by the studies' names."""
        this_folder = self._folder.resolve()
        sources: list[Source] = []
        for path in sorted(this_folder.parent.glob(f"*/{FILE_NAME}")):
            other = path.parent
            if other.resolve() == this_folder:
                continue
            try:
                sources += complete(read(other), other.name)
            except SweepError as error:  # its log is damaged
                notices.append(Notice(f"no trial of {other.name} is reused: {error}"))
        return sources


def complete(history: History, study: str) -> list[Source]:
    """The trials of a study that others may reuse, each with its key."""
    sources: list[Source] = []
    code = {digest for session in history.sessions for digest in session.files.values()}
    depends = dependencies.beside_code(
        history.dependencies, history.distributions, code
    )
    for trial in history.trials.values():
        if trial.state is not State.COMPLETE or has_copied(trial):
            continue
        sessions = history.sessions_of(trial.number)
        environments = {_environment(session.environment) for session in sessions}
        environment = environments.pop() if len(environments) == 1 else None
        if environment is not None:
            outdated = sessions[0].number < history.dependencies_since
            trial_key = key(history.spec, trial, environment)
            sources.append(Source(study, trial, depends, outdated, trial_key))
    return sources


def key(spec: StudySpec, trial: Trial, environment: frozenset[tuple[str, str]]) -> Key:
    """A key that is equal for two trials that are the same run, in any folder."""
    return (
        spec.trainer_name,
        f"{spec.metric.goal} {spec.metric.name}",
        environment,
        configuration_key(trial.config),
        trial.seed,
        trial.fold,
        None if trial.fold is None else spec.folds(trial.stage),
    )


def _training(trial_key: Key) -> Key:
    """The part of a key that a study file determines: configuration, seed, fold."""
    return trial_key[3:]


def _differences(other_key: Key, own_key: Key) -> list[str]:
    """Why two trials of one configuration, seed and fold are not the same run."""
    lines = []
    for name, before, now in zip(
        ("trainer", "metric"), other_key, own_key, strict=False
    ):
        if before != now:
            lines.append(f"{name} {before} there, {now} here")
    before, now = dict(other_key[2]), dict(own_key[2])
    changed = sorted({name for name, _ in other_key[2] ^ own_key[2]})
    lines += [
        f"{name} {before.get(name)} there, {now.get(name)} here" for name in changed
    ]
    return lines


def taken_over(trial: Trial, source: Source) -> TrialReused:
    """The event that gives `trial` the reports of another study's trial."""
    other = source.trial
    reports, overhead = tuple(other.reports), other.overhead
    return TrialReused(trial.number, source.study, other.number, reports, overhead)


def _environment(environment: Mapping[str, str]) -> frozenset[tuple[str, str]] | None:
    """What results depend on, but for found dependencies, which are compared one by one.

    None if the code's digest is unknown.
    """
    facts = decisive(environment)
    return None if facts is None else frozenset(facts.items())
