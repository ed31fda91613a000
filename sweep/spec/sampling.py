"""Checks of the section `search`: method and space, enqueued configurations, warm start.

If a method cannot model a parameter, that is a note. `sweep check` prints it and the log keeps it;
the search still runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sweep.document import Path_
from sweep.errors import one_of
from sweep.model.conditions import is_active, order
from sweep.model.domains import Choice, Constant, contains, describe
from sweep.model.equality import same
from sweep.model.parameters import Parameters
from sweep.samplers import SAMPLERS, Search
from sweep.spec.messages import Complain, show
from sweep.spec.schema import Retune

Note = Callable[[Path_, str], None]


def check(search: Search, parameters: Parameters, complain: Complain) -> None:
    """Check the `search` section against the parameters."""
    for fault in search.faults(parameters, ("search", "method")):
        complain(*fault)
    if search.duplicates and search.exhaustive:
        problem = f"{search.method} tries every configuration once"
        complain(
            ("search", "duplicates"), problem, "duplicates: false, or another method"
        )
    _warm_start(search, complain)
    _enqueued(search, parameters, complain)


def retune(rule: Retune, parameters: Parameters, complain: Complain) -> None:
    """Check the method of a retuning against the parameters that it tunes."""
    tuned = {name: parameters[name] for name in rule.parameters if name in parameters}
    fault = SAMPLERS[rule.method].retune_fault(tuned)
    if fault is not None:
        complain(("ablation", "retune", "method"), *fault)


def _warm_start(search: Search, complain: Complain) -> None:
    path: Path_ = ("search", "warm_start")
    if search.warm_start and not search.learns:
        learning = [name for name, sampler in SAMPLERS.items() if sampler.learns]
        problem = f"has no effect: {search.method} does not use earlier results"
        complain(path, problem, f"method: {' or '.join(learning)}")
        return
    for i, study in enumerate(search.warm_start):
        if study in search.warm_start[:i]:
            complain((*path, i), f"{study} is listed twice", "each study once")
    if search.warm_start and search.objectives:
        problem = "a warm start uses one metric, not several objectives"
        complain(path, problem, "one metric, or no warm_start")


def _enqueued(search: Search, parameters: Parameters, complain: Complain) -> None:
    for i, entry in enumerate(search.enqueue):
        path: Path_ = ("search", "enqueue", i)
        sound = [
            _written(parameters, (*path, name), name, value, complain)
            for name, value in entry.items()
        ]
        if not entry:
            complain(path, "is empty", "at least one `parameter: value`")
        if not all(sound):
            continue
        for name in _meaningless(parameters, entry):
            when = parameters[name].when.items()
            condition = " and ".join(
                f"{p}: {' or '.join(map(str, v))}" for p, v in when
            )
            problem = (
                f"{name} exists only under {condition}, which the entry does not set"
            )
            complain((*path, name), problem, "")
        if not search.duplicates and any(
            same(entry, other) for other in search.enqueue[:i]
        ):
            complain(
                path, "is listed twice", "each configuration once, or duplicates: true"
            )
    number = len(search.enqueue)
    if number > search.trials:
        problem = f"{number} configurations are enqueued, and trials is {search.trials}"
        complain(("search", "trials"), problem, f"at least {number}")


def _written(
    parameters: Parameters, path: Path_, name: str, value: Any, complain: Complain
) -> bool:
    if name not in parameters:
        complain(path, f"there is no parameter {name!r}", one_of(parameters, name))
        return False
    domain = parameters[name].domain
    if not contains(domain, value):
        problem = f"{show(value)} is outside the parameter's domain"
        complain(path, problem, f"{name} is {describe(domain)}")
        return False
    return True


def _meaningless(parameters: Parameters, entry: dict[str, Any]) -> list[str]:
    """Parameters that an entry sets although it leaves open whether they exist."""
    settled: dict[str, Any] = {}
    meaningless = []
    for name in order(parameters):
        active = is_active(parameters[name], settled)
        domain = parameters[name].domain
        if name in entry and not active:
            meaningless.append(name)
        elif active and name in entry:
            settled[name] = entry[name]
        elif active and isinstance(domain, Constant):
            settled[name] = domain.value
    return meaningless


def notes(search: Search, parameters: Parameters, note: Note) -> None:
    """Add notes on how the method handles this space, for readers of the results."""
    for text in search.notes(parameters):
        note(("search", "method"), text)
    if not search.learns:
        return
    weighted = []
    for name, parameter in parameters.items():
        domain = parameter.domain
        if isinstance(domain, Choice) and domain.probabilities is not None:
            weighted.append(name)
    if weighted:
        uniform = f"{search.method} starts with equal probabilities"
        unused = f"those of {', '.join(weighted)} are not used"
        note(("search", "method"), f"{uniform}: {unused}")
