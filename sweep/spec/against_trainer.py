"""A study file against what its trainer takes and reports (`sweep.trainer.TrainerRef`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

from pydantic import BaseModel, ValidationError

from sweep.document import Path_
from sweep.errors import one_of
from sweep.model.domains import Choice, Constant, Domain, IntUniform, Uniform
from sweep.model.parameters import Parameters
from sweep.spec.arms import Declared, open_in, settled, stated_in
from sweep.spec.checks import place
from sweep.spec.error_recovery import UNREAD
from sweep.spec.messages import Complain, explain
from sweep.spec.schema import Ablation, StudyFile
from sweep.trainer import TrainerRef


def metrics(ref: TrainerRef, file: StudyFile, complain: Complain) -> None:
    """The metrics named in the file against those that the trainer reports."""
    named: list[tuple[Path_, str]] = [(("metric", "name"), file.metric.name)]
    named += [
        (("report", "metrics", i), name) for i, name in enumerate(file.report.metrics)
    ]
    named += [
        (("report", "compare", i), name) for i, name in enumerate(file.report.compare)
    ]
    if file.report.select_by is not None:
        named.append((("report", "select_by", "name"), file.report.select_by.name))
    named += file.health.metrics()
    several = () if file.search is None else file.search.objectives
    named += [
        (("search", "objectives", i, "name"), objective.name)
        for i, objective in enumerate(several)
    ]
    for arm, stated in (
        file.ablation.designs.arms if file.ablation is not None else {}
    ).items():
        if (when := stated_in(stated)[1]) is not None and when.metric is not None:
            named.append(
                (("ablation", "designs", "arms", arm, "when", "metric"), when.metric)
            )
    for at, name in named:
        if name != UNREAD and not ref.reports(name):
            complain(
                at,
                f"the trainer does not report {name!r}",
                one_of(ref.metrics or (), name),
            )


def settings(
    ref: TrainerRef,
    parameters: Parameters,
    doubtful: Set[str],
    found: list[Declared],
    complain: Complain,
) -> None:
    """Every value that a parameter can take, and every arm as a whole, against the trainer's
    settings class.

    Values of `doubtful` parameters are stand-ins and are not checked, nor are arms as a whole when
    there are any.
    """
    model = ref.settings
    if model is None:
        return
    for name, field in model.model_fields.items():
        if field.is_required() and name not in parameters:
            complain(
                ("parameters",),
                f"the trainer needs {name!r}, which has no default",
                f"add {name}",
            )
    for name in parameters:
        if (
            name not in model.model_fields
            and model.model_config.get("extra") == "forbid"
        ):
            complain(
                ("parameters", name),
                "the trainer has no such parameter",
                one_of(model.model_fields, name),
            )
    known = {
        n: p
        for n, p in parameters.items()
        if n in model.model_fields and n not in doubtful
    }
    for name, parameter in known.items():
        for key, value in _ends(parameter.domain):
            _refused(model, name, value, ("parameters", name, *key), complain)
    for arm in found:
        for name, value in arm.changes.items():
            if name in known and isinstance(
                known[name].domain, Constant
            ):  # other domains were tried as a whole
                _refused(model, name, value, place(arm, name), complain)
        if not doubtful:
            _refused_together(
                model, _example(parameters, arm.given), ("ablation", *arm.at), complain
            )


def tasks(ref: TrainerRef, parameters: Parameters, complain: Complain) -> None:
    """Every value that a task sets against the trainer's settings class."""
    model = ref.settings
    if model is None:
        return
    for task, parameter in parameters.items():
        for value, own in parameter.at.items():
            for name, setting in own.items():
                if name in model.model_fields:
                    at = ("parameters", task, "at", value, name)
                    _refused(model, name, setting, at, complain)


def variance(
    ref: TrainerRef,
    ablation: Ablation | None,
    parameters: Parameters,
    complain: Complain,
) -> None:
    """A split that is the same in every run has no variance to be told from the rest."""
    rule = None if ablation is None else ablation.variance
    if rule is None or ablation is None or "split" not in rule.sources:
        return
    field = None if ref.settings is None else ref.settings.model_fields.get("split")
    if field is None:
        return
    drawn = settled(parameters, ablation.baseline).get("split", field.default)
    if drawn == "fixed":
        problem = "split: fixed gives every run the same split"
        cure = "split: by_seed in parameters, or sources: [init, order]"
        complain(("ablation", "variance", "sources"), problem, cure)


def _ends(domain: Domain) -> Iterator[tuple[Path_, Any]]:
    """The values that stand for a domain, each with the key that holds it."""
    if isinstance(domain, Constant):
        yield (), domain.value
    elif isinstance(domain, Choice):
        for i, value in enumerate(domain.choices):
            yield ("values", i), value
    elif isinstance(domain, Uniform | IntUniform):
        yield ("min",), domain.low
        yield ("max",), domain.high


def _refused(
    model: type[BaseModel], name: str, value: Any, at: Path_, complain: Complain
) -> None:
    """Complain about what the settings class says of one value, whatever it says of the others."""
    for error in _errors(model, {name: value}):
        if error["loc"][:1] == (name,):
            complain(at, *explain(error))
            return


def _refused_together(
    model: type[BaseModel], config: Mapping[str, Any], at: Path_, complain: Complain
) -> None:
    """Complain about what only the configuration as a whole does wrong."""
    for error in _errors(model, config):
        if not error["loc"]:
            complain(at, *explain(error))


def _errors(model: type[BaseModel], config: Mapping[str, Any]) -> list[Any]:
    try:
        model.model_validate(dict(config))
    except ValidationError as error:
        return list(error.errors(include_url=False))
    return []


def _example(parameters: Parameters, given: Mapping[str, Any]) -> dict[str, Any]:
    """An arm's configuration with each open parameter at the first value of its domain."""
    filled = dict(given)
    while left := open_in(parameters, filled):
        filled |= {
            name: next((v for _, v in _ends(parameters[name].domain)), 1.0)
            for name in left
        }
    return settled(parameters, filled)
