"""Read the section `parameters` of a document. A parameter that is wrong becomes a constant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from sweep.document import KeyPath
from sweep.model.domains import Constant
from sweep.model.parameters import Parameter
from sweep.spec import checks, messages, other_words
from sweep.spec.entries import Entry, condition, parameter
from sweep.spec.violation_collector import ViolationCollector


@dataclass(frozen=True)
class DeclaredParameters:
    """The parameters of a document.

    Attributes:
        parameters: name → parameter, in file order.
        doubtful: names of parameters with a violation. A constant takes the place of each, so that
            the other sections can still be checked.
    """

    parameters: dict[str, Parameter]
    doubtful: set[str]


def declared_parameters(collector: ViolationCollector) -> DeclaredParameters:
    """Read every parameter of the document and check the conditions between them."""
    section = collector.document.data.get("parameters")
    if not isinstance(section, dict):
        section = {}  # the schema reports the wrong type
    parameters: dict[str, Parameter] = {}
    doubtful: set[str] = set()
    for name, raw in section.items():
        declared = _parameter(name, raw, collector)
        if declared is None:
            doubtful.add(name)
            declared = _placeholder(name, raw)
        parameters[name] = declared
    doubtful |= checks.conditions(parameters, doubtful, collector.add_violation)
    for name in doubtful:
        parameters[name] = Parameter(name, Constant(None), "fixed")
    return DeclaredParameters(parameters, doubtful)


def _placeholder(name: str, raw: Any) -> Parameter:
    """A constant under the condition of the parameter that could not be read."""
    when = raw.get("when") if isinstance(raw, dict) else None
    parents = condition(when) if isinstance(when, dict) else {}
    return Parameter(name, Constant(None), "fixed", parents)


def _parameter(name: str, raw: Any, collector: ViolationCollector) -> Parameter | None:
    """One parameter of the file; None if it is invalid, which the collector then says."""
    path: KeyPath = ("parameters", name)
    if isinstance(raw, list):
        allowed = "values: […] to choose from, or value: […] for one list"
        collector.add_violation(path, "is a bare list", allowed)
        return None
    equivalent = other_words.call(raw)
    if equivalent:
        problem = f"{raw!r} is a call from another tool, which sweep would read as text"
        collector.add_violation(path, problem, equivalent)
        return None
    if not isinstance(raw, dict):
        return Parameter(name, Constant(raw), "fixed")
    try:
        entry = Entry.model_validate(raw)
    except ValidationError as error:
        collector.add(messages.violations(error, Entry, collector.document, path))
        return None

    def add_violation(key: KeyPath, problem: str, allowed: str) -> None:
        collector.add_violation((*path, *key), problem, allowed)

    return parameter(name, entry, add_violation)
