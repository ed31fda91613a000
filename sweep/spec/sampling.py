"""Checks of what is searched and how: each method against the space, what is enqueued, what a warm
start may say.

What a method does not do with a parameter is a note, printed by `sweep check` and kept in the log:
the search runs, and nobody has to find out from its results that a part of it was drawn in another
way.
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
    """Everything a `search` section says against the parameters."""
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
    """The method of a retuning against the parameters it tunes."""
    tuned = {name: parameters[name] for name in rule.parameters if name in parameters}
    fault = SAMPLERS[rule.method].retune_fault(tuned)
    if fault is not None:
        complain(("ablation", "retune", "method"), *fault)


def _warm_start(search: Search, complain: Complain) -> None:
    at: Path_ = ("search", "warm_start")
    if search.warm_start and not search.learns:
        learning = [name for name, sampler in SAMPLERS.items() if sampler.learns]
        problem = f"means nothing to {search.method}, which looks at no result"
        complain(at, problem, f"method: {' or '.join(learning)}")
        return
    for i, study in enumerate(search.warm_start):
        if study in search.warm_start[:i]:
            complain((*at, i), f"{study} is listed twice", "each study once")
    if search.warm_start and search.objectives:
        problem = "earlier studies tell of one metric, not of objectives"
        complain(at, problem, "one metric, or no warm_start")


def _enqueued(search: Search, parameters: Parameters, complain: Complain) -> None:
    for i, entry in enumerate(search.enqueue):
        at: Path_ = ("search", "enqueue", i)
        sound = [
            _written(parameters, (*at, name), name, value, complain)
            for name, value in entry.items()
        ]
        if not entry:
            complain(at, "says nothing", "at least one `parameter: value`")
        if not all(sound):
            continue
        for name in _meaningless(parameters, entry):
            when = parameters[name].when.items()
            wanted = " and ".join(f"{p}: {' or '.join(map(str, v))}" for p, v in when)
            problem = f"{name} exists only where {wanted}, which the entry does not say"
            complain((*at, name), problem, "")
        if not search.duplicates and any(
            same(entry, other) for other in search.enqueue[:i]
        ):
            complain(
                at, "is listed twice", "each configuration once, or duplicates: true"
            )
    number = len(search.enqueue)
    if number > search.trials:
        problem = f"{number} configurations are enqueued, and trials is {search.trials}"
        complain(("search", "trials"), problem, f"at least {number}")


def _written(
    parameters: Parameters, at: Path_, name: str, value: Any, complain: Complain
) -> bool:
    if name not in parameters:
        complain(at, f"there is no parameter {name!r}", one_of(parameters, name))
        return False
    domain = parameters[name].domain
    if not contains(domain, value):
        problem = f"{show(value)} is outside the parameter's domain"
        complain(at, problem, f"{name} is {describe(domain)}")
        return False
    return True


def _meaningless(parameters: Parameters, entry: dict[str, Any]) -> list[str]:
    """Parameters that an entry sets without settling that they exist."""
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
    """What a reader of the results should know of how the method deals with this space."""
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
        alike = f"{search.method} begins with every value alike"
        unused = f"the probabilities of {', '.join(weighted)} are not used"
        note(("search", "method"), f"{alike}: {unused}")
