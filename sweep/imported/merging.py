"""Merge studies of one file that ran on several machines, such as seeds 0–4 and seeds 5–9."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sweep.errors import StudyChanged, UsageError
from sweep.history.history import History, Session
from sweep.imported import writing
from sweep.imported.ended_trials import ended_trial
from sweep.imported.fingerprints import fingerprint
from sweep.log.event_log import FILE_NAME
from sweep.model.events import (
    ArmsDecided,
    Event,
    Notice,
    RunsImported,
    SessionEnded,
    SessionStarted,
    StudyCreated,
)
from sweep.model.trial import State, Trial, configuration_key
from sweep.model.trial_events import TrialCreated, TrialFinished
from sweep.shortened import joined_texts
from sweep.spec import StudySpec, diff

# Keys that may differ between the parts: the seeds of each machine, and how it ran them.
_MAY_DIFFER = (
    "name",
    "ablation.seeds",
    "resources.",
    "budget.",
    "checkpoint.",
    "search",
)
_MOST_NAMED = 5
_WITHOUT_EFFECT = ("host", "device_count")


@dataclass(frozen=True)
class Part:
    """A study to be merged.

    Attributes:
        name: its name in messages.
        folder: its folder.
        history: the history from its log.
    """

    name: str
    folder: Path
    history: History


def merge(
    parts: Sequence[Part], name: str, folder: Path, *, accept: bool = False
) -> list[str]:
    """Write one study with the ablation trials of all parts; return the caveats of its tables.

    Args:
        parts: the studies.
        name: the new study's name.
        folder: the new study's folder.
        accept: merge even if code, data, libraries or settings differ; the tables then say so.

    Raises:
        UsageError: fewer than two studies, or one without an ablation.
        StudyChanged: the studies differ in something that affects results.
        StudyExists: a study of that name exists.
    """
    if len(parts) < 2:
        raise UsageError("give at least two studies to merge")
    for part in parts:
        if not part.history.arms:
            raise UsageError(f"{part.name} has no arms: only ablations are merged")
    differences: list[str] = []
    for part in parts[1:]:
        differences += _differences(parts[0], part)
    if differences and not accept:
        listed = "\n    ".join(differences)
        raise StudyChanged(
            "these studies were not all run from the same file with the same "
            f"code:\n    {listed}\nTo merge them anyway, with a note in every "
            "table: --accept-changes"
        )
    caveats = [*differences, *_left_out(parts)]
    events = list(_events(parts, name, caveats))
    writing.write(folder, events, parts[0].history.source)
    return caveats


def _differences(first: Part, other: Part) -> Iterator[str]:
    """Yield a sentence for each difference that affects results."""
    for change in diff(first.history.spec, other.history.spec):
        if not change.startswith(_MAY_DIFFER):
            yield f"{first.name} and {other.name} differ in {change}"
    first_environment = _environment(first.history)
    other_environment = _environment(other.history)
    for key in first_environment | other_environment:
        before = first_environment.get(key, "nothing")
        after = other_environment.get(key, "nothing")
        if key not in _WITHOUT_EFFECT and before != after:
            yield f"{first.name} and {other.name} differ in {key}: {before} and {after}"
    arms = {arm.name: arm.config for arm in first.history.arms}
    for arm in other.history.arms:
        if arm.name not in arms:
            continue
        if configuration_key(arms[arm.name]) != configuration_key(arm.config):
            yield (
                f"{first.name} and {other.name} have different settings in the arm "
                f"{arm.name}"
            )


def _environment(history: History) -> dict[str, str]:
    """Return the environment of the study's last session."""
    return dict(history.sessions[-1].environment) if history.sessions else {}


def _trials(part: Part) -> list[Trial]:
    """Return the ended trials of the study's ablation."""
    return [trial for trial in part.history.stage("ablation") if trial.state.finished]


def _left_out(parts: Sequence[Part]) -> list[str]:
    """Return sentences on trials that are left out, repeated or different."""
    caveats: list[str] = []
    for part in parts:
        count = len(part.history.unfinished())
        if count:
            caveats.append(
                f"{count} trials of {part.name} have not ended and were left out"
            )
    repeated = sum(len(_trials(part)) for part in parts) - len(_chosen(parts))
    if repeated:
        caveats.append(
            f"{repeated} trials are in several of the studies and are counted once"
        )
    caveats += _other_results(parts)
    return caveats


def _other_results(parts: Sequence[Part]) -> list[str]:
    """Return a caveat for trials that several studies have with different results."""
    chosen = _chosen(parts)
    metric = parts[0].history.spec.metric.name
    differing: list[str] = []
    for part in parts:
        for trial in _trials(part):
            owner, counted = chosen[_key(trial)]
            if owner is part or State.COMPLETE not in (trial.state, counted.state):
                continue
            if _last(counted, metric) != _last(trial, metric):
                differing.append(f"{trial.label}, seed {trial.seed}")
    if not differing:
        return []
    trials = list(dict.fromkeys(differing))
    shown = joined_texts(trials, _MOST_NAMED)
    text = (
        f"{len(trials)} trials that are in several studies have different values "
        f"of {metric} in them: the same training gave different results "
        f"({shown})"
    )
    return [text]


def _last(trial: Trial, metric: str) -> float | None:
    """Return a metric's last value; None if it was not reported or the trial is not complete."""
    if trial.state is not State.COMPLETE or not trial.reports:
        return None
    return trial.reports[-1].metrics.get(metric)


def _key(trial: Trial) -> tuple[str, int, int | None]:
    """Return configuration, seed and fold, which are equal for repetitions of a trial."""
    return configuration_key(trial.config), trial.seed, trial.fold


def _chosen(
    parts: Sequence[Part],
) -> dict[tuple[str, int, int | None], tuple[Part, Trial]]:
    """Return a trial for each configuration, seed and fold: the first complete one, else the first.

    Each trial comes with its study.
    """
    chosen: dict[tuple[str, int, int | None], tuple[Part, Trial]] = {}
    for part in parts:
        for trial in _trials(part):
            key = _key(trial)
            _, present = chosen.setdefault(key, (part, trial))
            is_better = (
                trial.state is State.COMPLETE and present.state is not State.COMPLETE
            )
            if is_better:
                chosen[key] = part, trial
    return chosen


def _events(
    parts: Sequence[Part], name: str, caveats: Sequence[str]
) -> Iterator[Event]:
    """Yield the events of the new study."""
    first = parts[0].history
    yield StudyCreated(spec=_spec(parts, name).canonical(), source=first.source)
    hashes = {}
    for part in parts:
        log = part.folder / FILE_NAME
        hashes[str(log.resolve())] = fingerprint(log)
    yield RunsImported(format="study", files=hashes)
    chosen = list(_chosen(parts).values())
    number = 0
    for part in parts:
        part_trials = [trial for owner, trial in chosen if owner is part]
        for session, trials in _by_session(part.history, part_trials):
            yield _session(session)
            if number == 0:
                yield from _notices_and_arms(parts, caveats)
            for trial in trials:
                yield from _trial(number, trial, part.name)
                number += 1
            yield SessionEnded("done")


def _notices_and_arms(parts: Sequence[Part], caveats: Sequence[str]) -> Iterator[Event]:
    """Yield the notices and the arms of all parts, which precede the trials."""
    names = " and ".join(part.name for part in parts)
    yield Notice(f"merged from {names}", caveat=False)
    for text in caveats:
        yield Notice(text)
    arms: dict[str, Any] = {}
    for part in parts:
        for arm in part.history.arms:
            arms.setdefault(arm.name, arm)
    yield ArmsDecided(tuple(arms.values()))


def _by_session(
    history: History, trials: Sequence[Trial]
) -> Iterator[tuple[Session, list[Trial]]]:
    """Yield each session in which trials ended, with those trials."""
    for session in history.sessions:
        ended = [
            trial
            for trial in trials
            if history.sessions_of(trial.number)[-1:] == [session]
        ]
        if ended:
            yield session, ended


def _session(session: Session) -> SessionStarted:
    """Return the event of a session of one of the parts."""
    return SessionStarted(
        pid=session.pid,
        host=session.host,
        command=session.command,
        environment=session.environment,
        files=session.files,
    )


def _spec(parts: Sequence[Part], name: str) -> StudySpec:
    """Return the new study: that of the first part with the seeds of all, without its search."""
    spec = parts[0].history.spec
    seeds: set[int] = set()
    for part in parts:
        if part.history.spec.ablation is not None:
            seeds.update(part.history.spec.ablation.seeds)
    ablation = spec.ablation
    if ablation is not None:
        ablation = ablation.model_copy(update={"stated_seeds": tuple(sorted(seeds))})
    return replace(spec, name=name, ablation=ablation, search=None)


def _trial(number: int, trial: Trial, study: str) -> Iterator[Event]:
    """Yield the events of one trial, under its new number."""
    created = TrialCreated(
        trial=number,
        stage=trial.stage,
        label=trial.label,
        config=trial.config,
        seed=trial.seed,
        fold=trial.fold,
        attributes={"merged": {"study": study, "trial": trial.number}},
    )
    finished = TrialFinished(number, trial.state, trial.reason, trial.overhead)
    yield from ended_trial(created, max(trial.attempts, 1), trial.reports, finished)
