"""The provenance table: how the study's numbers were produced, from the log alone."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence

from sweep.history.history import History, Session
from sweep.model.domains import (
    Beta,
    Constant,
    Domain,
    IntUniform,
    Normal,
    Uniform,
    describe,
)
from sweep.report import numbers
from sweep.report.evidence import Evidence
from sweep.report.table import Cell, Column, Note, Table

_COLUMNS = (Column("what", "What", "left"), Column("value", "Value", "left"))
# Keys of a session's environment that have separate rows.
_SHOWN = ("code", "commit", "data", "device", "platform")


def provenance_tables(evidence: Evidence) -> list[Table]:
    """One row per fact: settings, space, sampler, seeds, code, versions, machine, dates.

    No table without trials.
    """
    history = evidence.history
    if not history.trials:
        return []
    facts = [*_study(history), *_space(history), *_runs(history), *_sessions(history)]
    rows = tuple(
        (Cell(what, {"": what}), Cell(value, {"": value})) for what, value in facts
    )
    notes = [
        Note(
            "",
            "All of this was recorded in the event log while the study ran",
            kind="method",
        )
    ]
    if history.imports:
        notes.append(
            Note("", "Runs were imported: what they were trained with is not known")
        )
    return [Table("provenance", "Provenance", _COLUMNS, rows, tuple(notes))]


def _study(history: History) -> Iterator[tuple[str, str]]:
    """The rows on the study: name, trainer, metric."""
    spec = history.spec
    yield "Study", spec.name
    yield "Trainer", spec.trainer
    yield "Metric", f"{spec.metric.name}, {spec.metric.goal}"
    yield "Values read at", f"each run's {spec.read_at}"


def _space(history: History) -> Iterator[tuple[str, str]]:
    """The rows on the parameters: fixed, searched, tasks."""
    spec = history.spec
    fixed = []
    for name, parameter in spec.parameters.items():
        if isinstance(parameter.domain, Constant):
            fixed.append(f"{name} = {numbers.value_text(parameter.domain.value)}")
    if fixed:
        yield "Fixed settings", ", ".join(fixed)
    for name, parameter in spec.parameters.items():
        if isinstance(parameter.domain, Constant):
            continue
        when = ", ".join(
            f"{key} is {_any_of(values)}" for key, values in parameter.when.items()
        )
        text = f"{_domain(parameter.domain)} ({parameter.role})"
        yield f"Space of {name}", f"{text}, when {when}" if when else text


def _runs(history: History) -> Iterator[tuple[str, str]]:
    """The rows on what was run: the search, the ablation."""
    spec = history.spec
    if spec.search is not None:
        over = f"seeds {_listed(spec.search.seeds)}"
        yield "Sampler", f"{spec.search.method}, {spec.search.trials} trials, {over}"
    if spec.early_terminate.type != "none":
        settings = dict(spec.canonical()["early_terminate"])
        kind = settings.pop("type")
        options = ", ".join(
            f"{key} {value}" for key, value in settings.items() if value is not None
        )
        yield "Early termination", f"{kind} ({options})" if options else kind
    if spec.ablation is not None:
        baseline = ", ".join(
            f"{name} = {numbers.value_text(value)}"
            for name, value in spec.ablation.baseline.items()
        )
        yield "Baseline", baseline or "the constants"
        folds = f", {spec.ablation.folds} folds" if spec.ablation.folds else ""
        yield "Seeds of the ablation", f"{_listed(spec.ablation.seeds)}{folds}"


def _sessions(history: History) -> Iterator[tuple[str, str]]:
    """The rows on the sessions: when and where they ran, with which code and libraries."""
    sessions = history.sessions
    if not sessions:
        return
    yield from _environment(sessions)
    yield "Host", _distinct(session.host for session in sessions)
    yield "Command", _distinct(_typed(session.command) for session in sessions)
    yield "Started", _date(sessions[0].started)
    ended = sessions[-1].ended_at
    if ended is None:  # it runs, or was killed
        yield "Last record", _date(history.last_time)
    else:
        yield "Ended", _date(ended)
    yield "Sessions", str(len(sessions))
    seconds = sum(t.seconds for t in history.trials.values() if not t.reused)
    yield "Worker time", numbers.duration(seconds)


def _environment(sessions: Sequence[Session]) -> Iterator[tuple[str, str]]:
    """What the log recorded of code, data, machine and versions.

    A value that changed between sessions is shown as `old then new`.
    """
    titles = {
        "code": "Code (SHA-256)",
        "commit": "Commit",
        "data": "Data",
        "device": "Device",
        "platform": "Platform",
    }
    for key, title in titles.items():
        if value := _recorded(sessions, key):
            yield title, value
    names = dict.fromkeys(name for session in sessions for name in session.environment)
    recorded = {name: _recorded(sessions, name) for name in names if name not in _SHOWN}
    versions = [f"{name} {value}" for name, value in recorded.items() if value]
    if versions:
        yield "Versions", ", ".join(versions)


def _domain(domain: Domain) -> str:
    """A domain in words."""
    if isinstance(domain, Normal):
        scale = "natural logarithm " if domain.log else ""
        return f"{scale}normal with mean {domain.mean:g} and sd {domain.sd:g}"
    if isinstance(domain, Beta):
        return f"beta with a {domain.a:g} and b {domain.b:g}"
    logarithmic = isinstance(domain, Uniform | IntUniform) and domain.log
    return describe(domain) + (" on a logarithmic scale" if logarithmic else "")


def _recorded(sessions: Sequence[Session], key: str) -> str:
    """A fact of the sessions' environments; several values in their order."""
    return _distinct(session.environment.get(key, "") for session in sessions)


def _distinct(values: Iterable[str]) -> str:
    """The distinct values that are not empty, joined."""
    return " then ".join(dict.fromkeys(value for value in values if value))


def _date(seconds: float) -> str:
    """A moment as text, in UTC."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))


def _listed(seeds: Sequence[int]) -> str:
    """`0–7`, `0, 1, 5–9`: written like a list of trials."""
    return numbers.trial_list(list(seeds)).partition(" ")[2]


def _any_of(values: Sequence[object]) -> str:
    """Values as alternatives: `0.1 or 0.2`."""
    return " or ".join(numbers.value_text(value) for value in values)


def _typed(command: str) -> str:
    """A command without the folder of its program, which differs between machines."""
    program, space, arguments = command.partition(" ")
    return f"{program.rpartition('/')[2]}{space}{arguments}"
