"""Turn pydantic's errors into messages that say what is wrong and what is allowed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from sweep.document import Document, KeyPath, dotted
from sweep.errors import MOST_LISTED, Violation, nearest, one_of
from sweep.model.fields import Section
from sweep.model.tagged_union import ANY, EveryKey, is_tag, members_of
from sweep.spec import other_words
from sweep.spec.designs import TAGS

AddViolation = Callable[
    [KeyPath, str, str], None
]  # path from the root, problem, what is allowed

_KINDS = {
    "int_type": "an integer",
    "int_from_float": "an integer",
    "int_parsing": "an integer",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "string_type": "text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list, e.g. [a, b]",
    "tuple_type": "a list, e.g. [0, 1, 2]",
    "dict_type": "a mapping of keys, e.g. {key: value}",
    "model_type": "a mapping of keys",
    "model_attributes_type": "a mapping of keys",
}
_BOUNDS = {
    "greater_than": ("gt", "above"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "below"),
    "less_than_equal": ("le", "at most"),
}
# Keys that people write in the wrong section or know from other tools, and where they belong.
_ELSEWHERE = {
    "method": "search.method",
    "sampler": "search.method",
    "algorithm": "search.method",
    "search_alg": "search.method",
    "pruner": "early_terminate, e.g. early_terminate: {type: median}",
    "scheduler": "early_terminate, e.g. early_terminate: {type: asha}",
    "n_trials": "search.trials",
    "num_trials": "search.trials",
    "num_samples": "search.trials",
    "max_trials": "search.trials",
    "count": "search.trials",
    "n_jobs": "resources.max_concurrent",
    "max_concurrent_trials": "resources.max_concurrent",
    "timeout": "budget.hours",
    "direction": "metric.goal",
    "mode": "metric.goal",
    "objective": "metric: {name: …, goal: …}",
    "space": "parameters",
    "search_space": "parameters",
    "hyperparameters": "parameters",
    "config": "parameters",
    "param_grid": "parameters, with search: {method: grid}",
    "grid": "search: {method: grid}, with parameters: {name: {values: […]}}",
    "run_cap": "search.trials",
    "trials": "search.trials",
    "enqueue": "search.enqueue",
    "warm_start": "search.warm_start",
    "seed": "search.seeds or ablation.seeds",
    "seeds": "search.seeds or ablation.seeds",
    "random_state": "search.seeds or ablation.seeds",
    "folds": "search.folds or ablation.folds",
    "objectives": "search.objectives",
    "population": "search.population",
    "baseline": "ablation.baseline",
    "designs": "ablation.designs",
    "goal": "metric.goal",
    "metrics": "report.metrics",
    "gpu": "resources.gpu",
    "gpus": "resources.gpu",
    "cpu": "resources.cpu",
    "cpus": "resources.cpu",
    "resources_per_trial": "resources, e.g. resources: {gpu: 1}",
    "early_stopping": "early_terminate, e.g. early_terminate: {type: median}",
    "project": "trackers.wandb, e.g. trackers: {wandb: {project: …}}",
    "entity": "trackers.wandb, e.g. trackers: {wandb: {entity: …}}",
    "callbacks": "trackers, e.g. trackers: [tensorboard]",
    "hours": "budget.hours",
    "epochs": "parameters.epochs",
    "program": "command.program",
    "ladder": "ablation.designs.ladder",
    "leave_one_out": "ablation.designs.leave_one_out",
    "one_at_a_time": "ablation.designs.one_at_a_time",
    "factorial": "ablation.designs.factorial",
    "arms": "ablation.designs.arms",
    "top_k": "ablation.designs.top_k",
    "path": "ablation.designs.path",
    "shapley": "ablation.designs.shapley",
    "margin": "ablation.margin",
    "retune": "ablation.retune",
    "milestones": "health.milestones",
    "max_gap": "health.max_gap",
    "oscillation": "health.oscillation",
}


def violations(
    error: ValidationError,
    model: type[BaseModel],
    document: Document,
    path: KeyPath = (),
) -> list[Violation]:
    """One violation for each error of a model that read the part of the document at `path`."""
    errors = error.errors(include_url=False)[: 2 * MOST_LISTED]
    return [_violation(e, model, document, path) for e in errors]


def _violation(
    error: ErrorDetails,
    model: type[BaseModel],
    document: Document,
    section_path: KeyPath,
) -> Violation:
    keys = tuple(k for k in error["loc"] if k not in TAGS and not is_tag(k))
    path = (*section_path, *keys)
    if error["type"] == "extra_forbidden":
        return _unknown(
            document.line_of(path), path, _section(model, error["loc"][:-1])
        )
    if error["type"] == "missing":
        owner = _section(model, error["loc"][:-1])
        return _missing(document.line_of(path[:-1]), path, keys, owner)
    problem, allowed = explain(error)
    suggestion = _MEANT.get((dotted(path), str(error["input"])), "") or _long(
        path, error
    )
    return Violation(
        document.line_of(path), dotted(path), problem, suggestion or allowed
    )


def _unknown(line: int, path: KeyPath, owner: _Owner) -> Violation:
    """A key that its section does not have, or that only another member of its union has."""
    key = str(path[-1])
    users = [
        name for name, member in owner.members.items() if key in member.model_fields
    ]
    if users:
        problem = f"is not a key of {owner.name}"
        return Violation(
            line, dotted(path), problem, f"{owner.named_by}: {' or '.join(users)}"
        )
    allowed = owner.keys
    if owner.members and nearest(key, allowed) is None:
        allowed = owner.keys_of_all
    return unknown_key(line, path, allowed)


def _missing(line: int, path: KeyPath, keys: KeyPath, owner: _Owner) -> Violation:
    """A missing key that its section requires; `keys` is its path inside the checked model."""
    key, section = str(path[-1]), dotted(path[:-1])
    field = owner.keys[key]
    if owner.members and field.examples:
        example = f"e.g. {key}: {field.examples[0]}"
        return Violation(line, section, f"has no {key}; {example}")
    where = f"{section} has no" if section else "there is no"
    return Violation(line, dotted(path), f"{where} `{key}`", _wanted(field, keys))


def _long(path: KeyPath, error: ErrorDetails) -> str:
    """The full section for one that is written as a word: `early_terminate: asha`."""
    key = _ONE_WORD.get(dotted(path))
    return (
        f"{path[-1]}: {key.format(error['input'])}"
        if key and isinstance(error["input"], str)
        else ""
    )


def unknown_key(line: int, path: KeyPath, allowed: Mapping[str, Any]) -> Violation:
    """A key that its section does not have."""
    key = str(path[-1])
    owner = dotted(path[:-1]) or "a study file"
    if len(path) == 1 and key in _ELSEWHERE:
        return Violation(
            line,
            dotted(path),
            f"is not a key of {owner}",
            f"it belongs at {_ELSEWHERE[key]}",
        )
    equivalent = other_words.key(path)
    if equivalent:
        return Violation(line, dotted(path), f"is not a key of {owner}", equivalent)
    return Violation(
        line, dotted(path), f"is not a key of {owner}", one_of(allowed, key)
    )


def explain(error: ErrorDetails) -> tuple[str, str]:
    """The problem and what is allowed, for a pydantic error on a value."""
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    if kind in _KINDS:
        quoted = "number" in _KINDS[kind] and _reads_as_number(value)
        return (
            f"{show(value)} is not {_KINDS[kind].split(',')[0]}",
            f"{value} without quotes" if quoted else _KINDS[kind],
        )
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        return f"{show(value)} is out of bounds", f"{words} {context[key]}"
    if kind in ("literal_error", "enum"):
        allowed = [
            c.strip("'\"")
            for c in context["expected"].replace(" or ", ", ").split(", ")
        ]
        return f"unknown value {show(value)}", one_of(allowed, value)
    if kind in ("too_short", "string_too_short"):
        return f"{show(value)} is empty", "at least one"
    if kind == "string_pattern_mismatch":
        return (
            f"{show(value)} does not have the right form",
            f"matching {context['pattern']}",
        )
    if kind in ("value_error", "assertion_error"):
        return str(context.get("error", error["msg"])), ""
    return f"{show(value)}: {error['msg']}", ""


def _reads_as_number(value: Any) -> bool:
    try:
        return isinstance(value, str) and math.isfinite(float(value))
    except ValueError:
        return False


def show(value: Any) -> str:
    """A value as it would stand in a study file, cut to a readable length."""
    if value is None:
        return "nothing (null)"
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


@dataclass(frozen=True)
class _Owner:
    """The section that a key is in.

    Attributes:
        model: its settings class.
        name: the tag that chose this class in a tagged union; empty outside a union.
        named_by: the key that holds the tag.
        members: every tag of the union, with its settings class.
    """

    model: type[BaseModel]
    name: str = ""
    named_by: str = ""
    members: Mapping[str, type[BaseModel]] = field(default_factory=dict)

    @property
    def keys(self) -> dict[str, FieldInfo]:
        """The keys of this section, as a study file writes them."""
        return {
            field.alias or name: field
            for name, field in self.model.model_fields.items()
        }

    @property
    def keys_of_all(self) -> dict[str, FieldInfo]:
        """The keys of this section and of all other members of its union."""
        every = dict(self.keys)
        for member in self.members.values():
            every |= member.model_fields
        return every


def _section(model: type[BaseModel], loc: tuple[int | str, ...]) -> _Owner:
    """The section at an error's location inside `model`."""
    owner, choices = _Owner(model), dict[str, type[Section]]()
    for part in loc:
        if part in choices:
            owner = _chosen(choices, str(part))
            continue
        field = owner.keys.get(str(part))
        if field is not None:
            choices = members_of(field.annotation)
            owner = _Owner(next(_models(field.annotation), owner.model))
    return owner


def _chosen(choices: Mapping[str, type[Section]], tag: str) -> _Owner:
    every = choices[ANY]
    named_by = every.named_by if issubclass(every, EveryKey) else ""
    members = {each.strip("[]"): choices[each] for each in choices if each != ANY}
    return _Owner(choices[tag], tag.strip("[]"), named_by, members)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _wanted(field: FieldInfo, keys: KeyPath) -> str:
    annotation = field.annotation
    choices = (
        [str(c) for c in get_args(annotation)] if "Literal" in str(annotation) else []
    )
    return one_of(choices) if choices else _EXAMPLES.get(dotted(keys), "")


# Sections that people write as one word, and the full section for that word.
_ONE_WORD = {
    "metric": "{{name: {}, goal: maximize}}",
    "early_terminate": "{{type: {}}}",
    "search": "{{method: {}, trials: 20}}",
}
# Values of other tools, and the value here.
_MEANT = {
    (
        "search.method",
        "bayes",
    ): "tpe, which runs a W&B sweep file's bayes, or gp, a Gaussian process",
    (
        "search.method",
        "bayesian",
    ): "tpe, a tree-structured Parzen estimator, or gp, a Gaussian process",
}
_EXAMPLES = {
    "trainer": "e.g. trainer: clip",
    "metric": "e.g. metric: {name: val/f_score, goal: maximize}",
    "metric.name": "e.g. val/f_score",
    "parameters": "e.g. parameters: {epochs: 20, learning_rate: {values: [1e-3, 1e-2]}}",
    "search.trials": "the number of configurations to try, e.g. trials: 20",
    "ablation.seeds.from": "seeds of every arm at the first look, e.g. from: 6",
    "ablation.seeds.to": "the limit, e.g. to: 30; an arm may never be decided",
    "ablation.retune.parameters": "nuisance parameters, e.g. parameters: [learning_rate]",
    "ablation.retune.trials": "configurations to try for each arm, e.g. trials: 8",
    "ablation.designs.path.to": "best, the name of an arm, or {parameter: value}",
    "health.milestones.at": "e.g. at: {0.2: 0.6, 0.6: 0.72}, fractions of the epochs",
}
