"""Checks of the section `search`: method and space, enqueued configurations, warm start.

If a method cannot model a parameter, that is a note. `sweep check` prints it and the log keeps it;
the search still runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sweep.document import KeyPath
from sweep.errors import one_of
from sweep.model.conditions import is_active, order
from sweep.model.domains import Choice, Constant, contains, describe
from sweep.model.equality import same
from sweep.model.parameters import Parameters
from sweep.samplers import SAMPLERS, Search
from sweep.spec.messages import AddViolation, show
from sweep.spec.schema import Retune

Note = Callable[[KeyPath, str], None]


def check(search: Search, parameters: Parameters, add_violation: AddViolation) -> None:
    """Check the `search` section against the parameters."""
    for fault in search.faults(parameters, ("search", "method")):
        add_violation(*fault)
    if search.duplicates and search.exhaustive:
        problem = f"{search.method} tries every configuration once"
        add_violation(
            ("search", "duplicates"), problem, "duplicates: false, or another method"
        )
    _warm_start(search, add_violation)
    _enqueued(search, parameters, add_violation)


def retune(rule: Retune, parameters: Parameters, add_violation: AddViolation) -> None:
    """Check the method of a retuning against the parameters that it tunes."""
    tuned = {name: parameters[name] for name in rule.parameters if name in parameters}
    fault = SAMPLERS[rule.method].retune_fault(tuned)
    if fault is not None:
        add_violation(("ablation", "retune", "method"), *fault)


def _warm_start(search: Search, add_violation: AddViolation) -> None:
    """Check `search.warm_start`."""
    path: KeyPath = ("search", "warm_start")
    if search.warm_start and not search.learns:
        learning = [name for name, sampler in SAMPLERS.items() if sampler.learns]
        problem = f"has no effect: {search.method} does not use earlier results"
        add_violation(path, problem, f"method: {' or '.join(learning)}")
        return
    for i, study in enumerate(search.warm_start):
        if study in search.warm_start[:i]:
            add_violation((*path, i), f"{study} is listed twice", "each study once")
    if search.warm_start and search.objectives:
        problem = "a warm start uses one metric, not several objectives"
        add_violation(path, problem, "one metric, or no warm_start")


def _enqueued(
    search: Search, parameters: Parameters, add_violation: AddViolation
) -> None:
    """Check the configurations of `search.enqueue`."""
    for i, entry in enumerate(search.enqueue):
        path: KeyPath = ("search", "enqueue", i)
        sound = [
            _written(parameters, (*path, name), name, value, add_violation)
            for name, value in entry.items()
        ]
        if not entry:
            add_violation(path, "is empty", "at least one `parameter: value`")
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
            add_violation((*path, name), problem, "")
        if not search.duplicates and any(
            same(entry, other) for other in search.enqueue[:i]
        ):
            add_violation(
                path, "is listed twice", "each configuration once, or duplicates: true"
            )
    number = len(search.enqueue)
    if number > search.trials:
        problem = f"{number} configurations are enqueued, and trials is {search.trials}"
        add_violation(("search", "trials"), problem, f"at least {number}")


def _written(
    parameters: Parameters,
    path: KeyPath,
    name: str,
    value: Any,
    add_violation: AddViolation,
) -> bool:
    """Whether a value is in its parameter's domain; a violation is added if it is not."""
    if name not in parameters:
        add_violation(path, f"there is no parameter {name!r}", one_of(parameters, name))
        return False
    domain = parameters[name].domain
    if not contains(domain, value):
        problem = f"{show(value)} is outside the parameter's domain"
        add_violation(path, problem, f"{name} is {describe(domain)}")
        return False
    return True


def _meaningless(parameters: Parameters, entry: dict[str, Any]) -> list[str]:
    """Parameters that an entry sets although it leaves open whether they exist."""
    active_values: dict[str, Any] = {}
    meaningless = []
    for name in order(parameters):
        active = is_active(parameters[name], active_values)
        domain = parameters[name].domain
        if name in entry and not active:
            meaningless.append(name)
        elif active and name in entry:
            active_values[name] = entry[name]
        elif active and isinstance(domain, Constant):
            active_values[name] = domain.value
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
