"""Checks of a study file against what its trainer takes and reports.

What that is comes from `sweep.trainer.TrainerRef`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

from pydantic import BaseModel, ValidationError

from sweep.document import KeyPath
from sweep.errors import one_of
from sweep.model.domains import Choice, Constant, Domain, IntUniform, Uniform
from sweep.model.parameters import Parameters
from sweep.spec.arms import DeclaredArm, effective_values, open_in, stated_in
from sweep.spec.checks import place
from sweep.spec.error_recovery import UNREAD
from sweep.spec.messages import AddViolation, explain
from sweep.spec.schema import Ablation, StudyFile
from sweep.trainer import TrainerRef


def metrics(ref: TrainerRef, file: StudyFile, add_violation: AddViolation) -> None:
    """Check that the trainer reports the metrics that the file names."""
    named: list[tuple[KeyPath, str]] = [(("metric", "name"), file.metric.name)]
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
    for path, name in named:
        if name != UNREAD and not ref.reports(name):
            add_violation(
                path,
                f"the trainer does not report {name!r}",
                one_of(ref.metrics or (), name),
            )


def settings(
    ref: TrainerRef,
    parameters: Parameters,
    doubtful: Set[str],
    arms: list[DeclaredArm],
    add_violation: AddViolation,
) -> None:
    """Check parameters and arms with the trainer's settings class.

    Parameters in `doubtful` have a placeholder value, which is not checked. If there are any, arms
    are not checked as whole configurations.
    """
    model = ref.settings
    if model is None:
        return
    for name, field in model.model_fields.items():
        if field.is_required() and name not in parameters:
            add_violation(
                ("parameters",),
                f"the trainer needs {name!r}, which has no default",
                f"add {name}",
            )
    for name in parameters:
        if (
            name not in model.model_fields
            and model.model_config.get("extra") == "forbid"
        ):
            add_violation(
                ("parameters", name),
                "the trainer has no such parameter",
                one_of(model.model_fields, name),
            )
    checkable = {
        n: p
        for n, p in parameters.items()
        if n in model.model_fields and n not in doubtful
    }
    for name, parameter in checkable.items():
        for key, value in _ends(parameter.domain):
            _refused(model, name, value, ("parameters", name, *key), add_violation)
    for arm in arms:
        for name, value in arm.changes.items():
            if name in checkable and isinstance(
                checkable[name].domain, Constant
            ):  # other domains were tried as a whole
                _refused(model, name, value, place(arm, name), add_violation)
        if not doubtful:
            _refused_together(
                model,
                _example(parameters, arm.given),
                ("ablation", *arm.key_path),
                add_violation,
            )


def tasks(ref: TrainerRef, parameters: Parameters, add_violation: AddViolation) -> None:
    """Check every value that a task sets with the trainer's settings class."""
    model = ref.settings
    if model is None:
        return
    for task, parameter in parameters.items():
        for value, task_values in parameter.task_values.items():
            for name, setting in task_values.items():
                if name in model.model_fields:
                    path = ("parameters", task, "at", value, name)
                    _refused(model, name, setting, path, add_violation)


def variance(
    ref: TrainerRef,
    ablation: Ablation | None,
    parameters: Parameters,
    add_violation: AddViolation,
) -> None:
    """Check that the split differs between runs if its variance is to be measured."""
    rule = None if ablation is None else ablation.variance
    if rule is None or ablation is None or "split" not in rule.sources:
        return
    field = None if ref.settings is None else ref.settings.model_fields.get("split")
    if field is None:
        return
    drawn = effective_values(parameters, ablation.baseline).get("split", field.default)
    if drawn == "fixed":
        problem = "split: fixed gives every run the same split"
        allowed = "split: by_seed in parameters, or sources: [init, order]"
        add_violation(("ablation", "variance", "sources"), problem, allowed)


def _ends(domain: Domain) -> Iterator[tuple[KeyPath, Any]]:
    """Values that represent a domain, each with its key: all choices, or both bounds."""
    if isinstance(domain, Constant):
        yield (), domain.value
    elif isinstance(domain, Choice):
        for i, value in enumerate(domain.choices):
            yield ("values", i), value
    elif isinstance(domain, Uniform | IntUniform):
        yield ("min",), domain.low
        yield ("max",), domain.high


def _refused(
    model: type[BaseModel],
    name: str,
    value: Any,
    path: KeyPath,
    add_violation: AddViolation,
) -> None:
    """Report the settings class's error on one value; errors on other fields do not count."""
    for error in _errors(model, {name: value}):
        if error["loc"][:1] == (name,):
            add_violation(path, *explain(error))
            return


def _refused_together(
    model: type[BaseModel],
    config: Mapping[str, Any],
    path: KeyPath,
    add_violation: AddViolation,
) -> None:
    """Report errors of the configuration as a whole, which no single field has."""
    for error in _errors(model, config):
        if not error["loc"]:
            add_violation(path, *explain(error))


def _errors(model: type[BaseModel], config: Mapping[str, Any]) -> list[Any]:
    """The errors that the trainer's settings class finds in a configuration."""
    try:
        model.model_validate(dict(config))
    except ValidationError as error:
        return list(error.errors(include_url=False))
    return []


def _example(parameters: Parameters, given: Mapping[str, Any]) -> dict[str, Any]:
    """An arm's configuration with each open parameter at the first value of its domain."""
    filled = dict(given)
    while open_names := open_in(parameters, filled):
        filled |= {
            name: next((v for _, v in _ends(parameters[name].domain)), 1.0)
            for name in open_names
        }
    return effective_values(parameters, filled)
