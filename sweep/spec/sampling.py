"""Checks of what is searched and how: each method against the space, what is enqueued, what a warm
start may say.

What a method cannot do with a parameter is a note, printed by `sweep check` and kept in the log:
the search runs, and nobody has to find out from its results that a part of it was drawn in another
way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from sweep.errors import one_of
from sweep.model.grids import size
from sweep.model.parameters import (
    Choice,
    Constant,
    Parameter,
    Parameters,
    among,
    contains,
    count,
    describe,
    is_active,
    order,
    same,
    values,
)
from sweep.spec.messages import Complain, show
from sweep.spec.schema import Retune
from sweep.spec.search_section import EXHAUSTIVE, MODELLING, Method, Search
from sweep.yaml_file import Path_

Note = Callable[[Path_, str], None]

_GP_LIMIT = 500  # completed trials, beyond which an answer takes long
_GENERATIONS = 10  # fewer than these are hardly an evolution


def check(search: Search, parameters: Parameters, complain: Complain) -> None:
    """Everything a `search` section says against the parameters."""
    method(search.method, parameters, ("search", "method"), complain)
    if search.sequence is not None and search.method != "qmc":
        complain(("search", "sequence"), f"means nothing to {search.method}", "method: qmc")
    if search.n_startup_trials is not None and search.method not in MODELLING:
        models = " or ".join(MODELLING)
        complain(
            ("search", "n_startup_trials"), f"means nothing to {search.method}", f"method: {models}"
        )
    if search.duplicates and search.method in EXHAUSTIVE:
        allowed = "duplicates: false, or another method"
        complain(
            ("search", "duplicates"), f"{search.method} tries every configuration once", allowed
        )
    for i, study in enumerate(search.warm_start):
        if search.method not in MODELLING:
            allowed = f"method: {' or '.join(MODELLING)}"
            complain(
                ("search", "warm_start"),
                f"means nothing to {search.method}, which looks at no result",
                allowed,
            )
            break
        if study in search.warm_start[:i]:
            complain(("search", "warm_start", i), f"{study} is listed twice", "each study once")
    if search.warm_start and search.objectives:
        allowed = "one metric, or no warm_start"
        complain(
            ("search", "warm_start"),
            "earlier studies tell of one metric, not of objectives",
            allowed,
        )
    _enqueued(search, parameters, complain)


def method(name: Method, parameters: Parameters, at: Path_, complain: Complain) -> None:
    """A method against the space it searches."""
    if name in EXHAUSTIVE:
        for parameter in parameters.values():
            if count(parameter.domain) is None:
                where = ("parameters", parameter.name)
                complain(
                    where,
                    f"is continuous and has no grid (method: {name})",
                    "values: […], or q for a step",
                )
        if size(parameters) is None and all(
            count(p.domain) is not None for p in parameters.values()
        ):
            problem = (
                f"{name} cannot count the configurations: too many conditions depend on one another"
            )
            complain(at, problem, "fewer conditions, or method: random")
    if name == "cmaes" and not adapted(parameters):
        complain(
            at,
            "cmaes adapts numbers that every configuration has, and there is none",
            "method: tpe",
        )


def retune(rule: Retune, parameters: Parameters, complain: Complain) -> None:
    """The method of a retuning against the parameters it tunes."""
    if rule.method == "nsga2":
        at: Path_ = ("ablation", "retune", "method")
        complain(
            at,
            "nsga2 looks for compromises; an arm is tuned for the study's metric alone",
            "method: tpe",
        )
    tuned = {name: parameters[name] for name in rule.parameters if name in parameters}
    if (
        rule.method == "cmaes"
        and tuned
        and all(isinstance(p.domain, Choice | Constant) for p in tuned.values())
    ):
        at = ("ablation", "retune", "method")
        complain(at, "cmaes adapts numbers, and retune.parameters has none", "method: tpe")


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
            wanted = " and ".join(
                f"{p}: {' or '.join(map(str, v))}" for p, v in parameters[name].when.items()
            )
            complain(
                (*at, name), f"{name} exists only where {wanted}, which the entry does not say", ""
            )
        if not search.duplicates and any(same(entry, other) for other in search.enqueue[:i]):
            complain(at, "is listed twice", "each configuration once, or duplicates: true")
    if len(search.enqueue) > search.trials:
        found = f"{len(search.enqueue)} configurations are enqueued, and trials is {search.trials}"
        complain(("search", "trials"), found, f"at least {len(search.enqueue)}")


def _written(parameters: Parameters, at: Path_, name: str, value: Any, complain: Complain) -> bool:
    if name not in parameters:
        complain(at, f"there is no parameter {name!r}", one_of(parameters, name))
        return False
    domain = parameters[name].domain
    if not contains(domain, value):
        complain(
            at, f"{show(value)} is outside the parameter's domain", f"{name} is {describe(domain)}"
        )
        return False
    return True


def _meaningless(parameters: Parameters, entry: dict[str, Any]) -> list[str]:
    """Parameters that an entry sets without settling that they exist."""
    known: dict[str, Any] = {}
    lost = []
    for name in order(parameters):
        active = is_active(parameters[name], known)
        domain = parameters[name].domain
        if name in entry and not active:
            lost.append(name)
        elif active and (name in entry or isinstance(domain, Constant)):
            known[name] = entry.get(name, domain.value if isinstance(domain, Constant) else None)
    return lost


# --------------------------------------------------------------------------- what a method does not do


def notes(search: Search, parameters: Parameters, note: Note) -> None:
    """What a reader of the results should know of how the method deals with this space."""
    for text in _limits(search, parameters):
        note(("search", "method"), text)


def _limits(search: Search, parameters: Parameters) -> Iterator[str]:
    searched = {name: p for name, p in parameters.items() if not isinstance(p.domain, Constant)}
    always = unconditional(parameters)
    conditional = [name for name in searched if name not in always]
    if search.method == "gp":
        if conditional:
            yield f"gp models what every configuration has; tpe suggests {_listed(conditional)}, each on its own"
        if search.trials > _GP_LIMIT:
            yield f"gp's answers cost the cube of the completed trials: {search.trials} will be slow; see tpe"
    if search.method == "cmaes":
        own = adapted(parameters)
        others = [name for name in searched if name not in own]
        if others:
            yield f"cmaes adapts {_listed(own)}; tpe suggests {_listed(others)} beside it"
        population = 4 + math.floor(3 * math.log(max(len(own), 1)))
        if search.trials < _GENERATIONS * population:
            few = (
                f"{search.trials} trials are fewer than {_GENERATIONS} generations of {population}"
            )
            yield f"{few}, which cmaes takes to adapt: see tpe or gp for few trials"
    if (
        search.method == "qmc"
        and search.sequence != "halton"
        and search.trials & (search.trials - 1)
    ):
        balanced = 2 ** (search.trials.bit_length() - 1)
        yield f"Sobol' points are balanced at powers of two: {balanced} or {2 * balanced} trials, not {search.trials}"
    weighted = [
        n
        for n, p in searched.items()
        if isinstance(p.domain, Choice) and p.domain.probabilities is not None
    ]
    if search.method in MODELLING and weighted:
        yield f"{search.method} begins with every value alike: the probabilities of {_listed(weighted)} are not used"


def adapted(parameters: Parameters) -> list[str]:
    """What CMA-ES adapts: the numbers that every configuration has and that have more than one value."""
    return [
        name
        for name in unconditional(parameters)
        if not isinstance(parameters[name].domain, Constant | Choice)
        and count(parameters[name].domain) != 1
    ]


def unconditional(parameters: Parameters) -> tuple[str, ...]:
    """Names of the parameters that every configuration has, in file order."""
    always: dict[str, Parameter] = {}
    for name in order(parameters):
        when = parameters[name].when.items()
        if all(
            p in always and all(among(v, ok) for v in values(always[p].domain) or (None,))
            for p, ok in when
        ):
            always[name] = parameters[name]
    return tuple(n for n in parameters if n in always)


def _listed(names: list[str]) -> str:
    return ", ".join(names)
