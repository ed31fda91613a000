"""Observations from earlier studies for the search's sampler (`search.warm_start`).

Configurations that completed in an earlier study become observations of the sampler, never trials
or results of this study. They are read once, when the study starts, and stored in its log, so that
a resume does not depend on the earlier studies.

A configuration is taken over if each searched parameter that is active here has a value inside its
domain. Constants may differ (such as fewer epochs); the differences are named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sweep.errors import StudyNotFound, UsageError
from sweep.history.history import History
from sweep.history.opening import read
from sweep.log.event_log import FILE_NAME
from sweep.model.conditions import is_active, order
from sweep.model.domains import Constant, contains
from sweep.model.equality import same
from sweep.model.events import Event, Notice, WarmObservation, WarmStarted
from sweep.model.trial import State
from sweep.provenance import dependencies
from sweep.provenance.source_files import digest, source_files
from sweep.search import observing, population, search_stage
from sweep.shortened import first_texts
from sweep.spec import StudySpec

_MOST_LISTED = 5  # changed files and libraries that a notice names


def events(
    spec: StudySpec, folder: Path, history: History | None = None
) -> list[Event]:
    """One event for each earlier study that is not in the log yet, each followed by a notice.

    Args:
        spec: this study.
        folder: of this study; earlier studies are searched for by name next to it.
        history: of this study; None before it has one.

    Raises:
        StudyNotFound: no study with a name or folder.
        UsageError: a study optimised another metric, or none of its configurations can be taken
            over.
        LogDamaged: a study's log cannot be read.
    """
    names = () if spec.search is None else spec.search.warm_start
    recorded: set[str] = set()
    if history is not None:
        recorded = {event.study for event in history.warm_starts}
    new: list[Event] = []
    for name in names:
        if name not in recorded:
            event = taken(spec, name, read(locate(name, spec, folder)))
            new += [event, Notice(describe(event))]
    return new


def locate(name: str, spec: StudySpec, folder: Path) -> Path:
    """The folder of an earlier study.

    It is given by name next to this study, or by a path relative to the study file or the working
    folder.
    """
    candidates = [folder.parent / name, Path(spec.base_dir) / name, Path(name)]
    for candidate in candidates:
        if (candidate / FILE_NAME).is_file():
            return candidate
    names = sorted(path.parent.name for path in folder.parent.glob(f"*/{FILE_NAME}"))
    raise StudyNotFound(
        f"search.warm_start: no study {name!r}; "
        f"studies in {folder.parent}: {', '.join(names) or 'none'}"
    )


def taken(spec: StudySpec, name: str, earlier: History) -> WarmStarted:
    """The configurations of an earlier study that can be taken over, and why others cannot."""
    metric, other = spec.metric, earlier.spec.metric
    if (metric.name, metric.goal) != (other.name, other.goal):
        raise UsageError(
            f"search.warm_start: {name} {other.goal}s {other.name}, but this study "
            f"{metric.goal}s {metric.name}: its values would mislead the search. "
            f"Take {name} out of warm_start."
        )
    if population.section(earlier.spec) is not None:
        raise UsageError(
            f"search.warm_start: {name} trained a population, whose members change "
            "their values during training, so no result belongs to a single "
            f"configuration. Take {name} out of warm_start."
        )
    observations: list[WarmObservation] = []
    left_out: Counter[str] = Counter()
    differs: dict[str, None] = {}
    for suggestion in search_stage.suggestions(earlier):
        observation = observing.observe(earlier.spec, suggestion)
        if observation.value is None:
            paused = suggestion.state is State.PAUSED
            left_out[(State.PAUSED if paused else observation.state).value] += 1
            continue
        config, reason = _translated(spec, observation.config)
        if reason:
            left_out[reason] += 1
            continue
        observations.append(WarmObservation(config, observation.value))
        differs |= dict.fromkeys(_differences(spec, observation.config, config))
    if not observations:
        reason = _listed(left_out) or "it has no search"
        raise UsageError(
            f"search.warm_start: no configuration of {name} can be used: {reason}"
        )
    differs |= dict.fromkeys(_code_differences(spec, earlier))
    return WarmStarted(name, tuple(observations), dict(left_out), tuple(differs))


def _code_differences(spec: StudySpec, earlier: History) -> list[str]:
    """Another trainer, or other code under the same name, whatever its path."""
    if earlier.spec.trainer_name != spec.trainer_name:
        return [f"trainer {earlier.spec.trainer} there, {spec.trainer} here"]
    earlier_code = {
        session.environment.get("code", "") for session in earlier.sessions
    } - {""}
    sources = source_files(spec.reference())
    code = digest(sources) if sources else ""
    lines = _changed_since(spec, earlier)
    if not earlier_code or not code or earlier_code == {code}:
        return lines
    return [f"code {' and '.join(sorted(earlier_code))} there, {code} here", *lines]


def _changed_since(spec: StudySpec, earlier: History) -> list[str]:
    """Files and libraries that the earlier study's trials used and that have changed since."""
    code = {digest for session in earlier.sessions for digest in session.files.values()}
    depended = dependencies.beside_code(
        earlier.dependencies, earlier.distributions, code
    )
    lines = dependencies.changes(depended, Path(spec.base_dir))
    shown = [f"{line}, since then" for line in lines]
    return first_texts(shown, _MOST_LISTED, "more files or libraries changed")


def describe(event: WarmStarted) -> str:
    """`… warm-started from pilot: 18 configurations; 2 left out (2 pruned); epochs 5 there, …`."""
    text = (
        f"the search was warm-started from {event.study}: {len(event.observations)}"
        " configurations"
    )
    if event.left_out:
        text += f"; {sum(event.left_out.values())} left out ({_listed(event.left_out)})"
    return text + "".join(f"; {difference}" for difference in event.differs)


def _listed(left_out: Mapping[str, int]) -> str:
    """The reasons with their numbers, as text."""
    return ", ".join(f"{number} {reason}" for reason, number in left_out.items())


def _translated(
    spec: StudySpec, earlier: Mapping[str, Any]
) -> tuple[dict[str, Any], str]:
    """An earlier configuration in this study's space, or why it is not in the space."""
    config: dict[str, Any] = {}
    for name in order(spec.parameters):
        parameter = spec.parameters[name]
        if not is_active(parameter, config):
            continue
        if isinstance(parameter.domain, Constant):
            config[name] = parameter.domain.value
        elif name not in earlier:
            return {}, f"without {name}"
        elif not contains(parameter.domain, earlier[name]):
            return {}, f"with {name} outside its domain"
        else:
            config[name] = earlier[name]
    return {name: config[name] for name in spec.parameters if name in config}, ""


def _differences(
    spec: StudySpec, earlier: Mapping[str, Any], config: Mapping[str, Any]
) -> list[str]:
    """Constants that differ in the earlier run, and parameters that this study lacks."""
    differences: list[str] = []
    for name, value in config.items():
        if name in earlier and not same(earlier[name], value):
            differences.append(f"{name} {earlier[name]} there, {value} here")
    return differences + [
        f"{name} is not a parameter here"
        for name in earlier
        if name not in spec.parameters
    ]
