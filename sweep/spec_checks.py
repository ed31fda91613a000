"""Floor 2: what is wrong with a study file whose sections are well formed. Each check says all it finds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from sweep.errors import one_of
from sweep.parameters import (
    Choice,
    Constant,
    Domain,
    IntUniform,
    Parameter,
    ParameterCycle,
    Parameters,
    Uniform,
    among,
    contains,
    describe,
    is_active,
    order,
    size,
    values,
)
from sweep.spec_arms import BASELINE, Declared, declared, open_in, settled
from sweep.spec_messages import Complain, explain, show
from sweep.spec_schema import Ablation, EarlyTerminate, ReportSpec, Search
from sweep.trainer import TrainerRef

if TYPE_CHECKING:
    from sweep.spec import StudySpec


def conditions(parameters: Parameters, names: Mapping[str, Any], complain: Complain) -> bool:
    """Check every `when`; `names` are all parameters of the file, those that could not be read included."""
    sound = True
    for name, parameter in parameters.items():
        for parent, wanted in parameter.when.items():
            at = ("parameters", name, "when", parent)
            if parent not in names:
                complain(at, f"there is no parameter {parent!r}", one_of(names, parent))
                sound = False
            elif parent in parameters:
                domain = parameters[parent].domain
                for value in wanted:
                    if not contains(domain, value):
                        complain(at, f"{parent} is never {show(value)}", f"{parent} is {describe(domain)}")
                        sound = False
    try:
        order(parameters)
    except ParameterCycle as cycle:
        complain(("parameters", cycle.names[0], "when"), str(cycle), "a condition on a parameter that comes first")
        return False
    return sound and parameters.keys() == names.keys()


def search(spec: StudySpec, complain: Complain) -> None:
    """Search and early stopping against the parameters."""
    found, rule = spec.search, spec.early_terminate
    if found is None:
        if rule.type != "none":
            complain(
                ("early_terminate", "type"), f"{rule.type} stops search trials, but there is no search", "search: {…}"
            )
        if spec.ablation is None:
            complain((), "neither search nor ablation: there is nothing to train", "search: {…}, ablation: {…} or both")
        return
    _unique(found.seeds, ("search", "seeds"), complain)
    if all(isinstance(p.domain, Constant) for p in spec.parameters.values()):
        complain(("search",), "every parameter is a constant: there is nothing to search", "values: […] or min/max")
    if found.method == "grid":
        for name, parameter in spec.parameters.items():
            if values(parameter.domain) is None:
                complain(("parameters", name), "is continuous and has no grid", "values: […], or q for a step")
    _early_terminate(rule, spec.parameters.get("epochs"), complain)


def _early_terminate(rule: EarlyTerminate, epochs: Parameter | None, complain: Complain) -> None:
    if rule.type == "none" or epochs is None or not isinstance(epochs.domain, Constant):
        return
    most = epochs.domain.value
    if not isinstance(most, int):
        return
    for key, given in (("min_iter", rule.min_iter), ("max_iter", rule.max_iter)):
        if given is not None and given > most:
            complain(("early_terminate", key), f"{given} is more than the {most} epochs of a trial", f"at most {most}")
    if rule.max_iter is not None and rule.max_iter < rule.min_iter:
        complain(
            ("early_terminate", "max_iter"), f"{rule.max_iter} is below min_iter {rule.min_iter}", "at least min_iter"
        )


def _unique(seeds: tuple[int, ...], at: tuple[str, ...], complain: Complain) -> None:
    for i, seed in enumerate(seeds):
        if seed in seeds[:i]:
            complain(
                (*at, i), f"seed {seed} is listed twice: the same training run is no second sample", "distinct seeds"
            )


# --------------------------------------------------------------------------- arms


def arms(spec: StudySpec, complain: Complain) -> list[Declared]:
    """Every value of every design against the parameters; returns the arms when they are sound."""
    ablation = spec.ablation
    if ablation is None:
        return []
    _unique(ablation.seeds, ("ablation", "seeds"), complain)
    known = list(_known_values(spec.parameters, ablation, complain))
    if not all(known):
        return []
    found = list(declared(ablation, spec.parameters))
    seen: dict[str, Declared] = {}
    sound = True
    for arm in found:
        at = ("ablation", *arm.at)
        if arm.name in seen:
            complain(at, f"there are two arms named {arm.name!r}", "distinct names")
            sound = False
        seen[arm.name] = arm
        sound &= _active(spec, arm, at, complain)
    return found if sound else []


def _known_values(parameters: Parameters, ablation: Ablation, complain: Complain) -> Iterator[bool]:
    designs = ablation.designs
    settings = [(("ablation", "baseline", n), n, v) for n, v in ablation.baseline.items()]
    for kind in ("ladder", "leave_one_out", "arms"):
        for arm, changes in getattr(designs, kind).items():
            at = ("ablation", "designs", kind, arm)
            if not changes:
                complain(at, "changes nothing", "at least one parameter: value")
                yield False
            settings += [((*at, n), n, v) for n, v in changes.items()]
    for kind in ("one_at_a_time", "factorial"):
        for n, listed in getattr(designs, kind).items():
            at = ("ablation", "designs", kind, n)
            if not listed:
                complain(at, "lists no value", f"e.g. {n}: [a, b]")
                yield False
            for i, value in enumerate(listed):
                settings.append(((*at, i), n, value))
                if among(value, tuple(listed[:i])):
                    complain((*at, i), f"{show(value)} is listed twice", "distinct values")
                    yield False
    for at, name, value in settings:
        yield _known_value(parameters, at, name, value, complain)


def _known_value(parameters: Parameters, at: tuple[str | int, ...], name: str, value: Any, complain: Complain) -> bool:
    if name not in parameters:
        complain(at, f"there is no parameter {name!r}", f"{one_of(parameters, name)}; or add `{name}` to parameters")
        return False
    domain = parameters[name].domain
    # A constant is what every other trial uses; an arm exists to change it, and only the trainer limits to what.
    if not isinstance(domain, Constant) and not contains(domain, value):
        complain(at, f"{show(value)} is not in the domain of {name}", describe(domain))
        return False
    return True


def _active(spec: StudySpec, arm: Declared, at: tuple[str | int, ...], complain: Complain) -> bool:
    known = settled(spec.parameters, arm.given)
    sound = True
    for name in arm.changes:
        if not is_active(spec.parameters[name], known):
            wanted = [f"{p}: {' or '.join(map(str, v))}" for p, v in spec.parameters[name].when.items()]
            place = (*at, name) if arm.design in (BASELINE, "ladder", "leave_one_out", "arms") else at
            complain(place, f"{name} has no meaning in arm {arm.name!r}", f"it needs {', '.join(wanted)} there")
            sound = False
    left = open_in(spec.parameters, arm.given)
    # An arm inherits what the baseline leaves open; say it once, where it can be put right for all.
    inherited = arm.design != BASELINE and spec.ablation is not None
    if inherited and spec.ablation is not None:
        already = open_in(spec.parameters, spec.ablation.baseline)
        left = tuple(n for n in left if n not in already)
    if left and spec.search is None:
        names = ", ".join(left)
        complain(
            at, f"arm {arm.name!r} leaves open: {names}", "give values here or in ablation.baseline, or add a search"
        )
        sound = False
    return sound


# --------------------------------------------------------------------------- trainer


def metrics(ref: TrainerRef, metric: str, report: ReportSpec, complain: Complain) -> None:
    """The metrics named in the file against those that the trainer reports."""
    named = [(("metric", "name"), metric), *((("report", "metrics", i), m) for i, m in enumerate(report.metrics))]
    for at, name in named:
        if not ref.reports(name):
            complain(at, f"the trainer does not report {name!r}", one_of(ref.metrics or (), name))


def settings(spec: StudySpec, ref: TrainerRef, found: list[Declared], complain: Complain) -> None:
    """Every value that a parameter can take, and every arm as a whole, against the trainer's settings class."""
    model = ref.settings
    if model is None:
        return
    for name, field in model.model_fields.items():
        if field.is_required() and name not in spec.parameters:
            complain(("parameters",), f"the trainer needs {name!r}, which has no default", f"add `{name}:`")
    for name, parameter in spec.parameters.items():
        if name not in model.model_fields:
            if model.model_config.get("extra") == "forbid":
                complain(("parameters", name), "the trainer has no such parameter", one_of(model.model_fields, name))
            continue
        for key, value in _extremes(parameter.domain):
            _refused(model, name, value, ("parameters", name, *key), complain)
    for arm in found:
        base = ("ablation", *arm.at)
        fields = {n: v for n, v in arm.changes.items() if n in model.model_fields}
        for name, value in fields.items():
            place = (*base, name) if arm.design in (BASELINE, "ladder", "leave_one_out", "arms") else base
            if not _in_tested_domain(spec.parameters[name].domain):
                _refused(model, name, value, place, complain)
        _refused_together(model, _representative(spec.parameters, arm.given), base, complain)


def _in_tested_domain(domain: Domain) -> bool:
    return isinstance(domain, Choice | Uniform | IntUniform)


def _extremes(domain: Domain) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """The values that stand for a domain, each with the key that holds it."""
    if isinstance(domain, Constant):
        yield (), domain.value
    elif isinstance(domain, Choice):
        for i, value in enumerate(domain.choices):
            yield ("values", i), value
    elif isinstance(domain, Uniform | IntUniform):
        yield ("min",), domain.low
        if domain.high != domain.low:
            yield ("max",), domain.high


def _refused(model: type[BaseModel], name: str, value: Any, at: tuple[str | int, ...], complain: Complain) -> None:
    """Complain about what the settings class says of one value, whatever it says of the others."""
    try:
        model.model_validate({name: value})
    except ValidationError as error:
        for one in error.errors(include_url=False):
            if one["loc"][:1] == (name,):
                problem, allowed = explain(one)
                complain(at, problem, allowed)
                return


def _refused_together(
    model: type[BaseModel], config: Mapping[str, Any], at: tuple[str | int, ...], complain: Complain
) -> None:
    """Complain about what only the configuration as a whole does wrong."""
    try:
        model.model_validate(dict(config))
    except ValidationError as error:
        for one in error.errors(include_url=False):
            if not one["loc"]:
                complain(at, *explain(one))


def _representative(parameters: Parameters, given: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration of an arm with each open parameter at the first value of its domain."""
    filled = dict(given)
    while left := open_in(parameters, filled):
        for name in left:
            domain = parameters[name].domain
            filled[name] = next((v for _, v in _extremes(domain)), 1.0)
    return settled(parameters, filled)


def grid_size(parameters: Parameters, found: Search | None) -> int | None:
    """Number of configurations of a grid search; None when there is no grid."""
    return size(parameters) if found is not None and found.method == "grid" else None
