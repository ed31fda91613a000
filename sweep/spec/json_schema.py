"""A JSON schema (draft 2020-12) of study files, with which an editor completes and checks keys.

It is generated from the models that `load` checks with, so that both always agree; the models'
docstrings become hints. It describes W&B sweep files as well. `sweep check` finds what a schema
cannot: a name that is defined nowhere, a minimum above its maximum.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel

from sweep.model.tagged_union import ANY, members_of
from sweep.samplers import ALIASES, SAMPLERS, AnySearch, Search
from sweep.samplers.registry import DEFAULT
from sweep.spec import entries, wandb
from sweep.spec.entries import Entry
from sweep.spec.schema import StudyFile
from sweep.stopping import RULES, AnyRule, NoRule

Schema = dict[str, Any]

_WORDS: Schema = {
    "type": "array",
    "items": {"type": ["string", "number"]},
    "minItems": 1,
}
# names, and the lines indented below them
_ATTRIBUTE = r"^    ([^:\n]+): (.*(?:\n     .*)*)"
_ALWAYS = (
    "distribution",
    "when",
    "role",
    "at",
    "description",
)  # keys that every parameter may have

_FOR_THE_SERVER = "Read by W&B's server; has no effect here."
_WANDB_DESCRIPTIONS = {
    "name": "Name of the study and of its folder in `results/`.",
    "description": "A sentence for the report.",
    "program": "The script that trains a model, as `wandb agent` would find it.",
    "method": "How configurations are chosen; `bayes` runs a study file's default method.",
    "metric": "What the search optimises; `grid` and `random` run without one, unranked.",
    "parameters": "Name → parameter, or a group of parameters.",
    "early_terminate": "`{type: hyperband, min_iter: …}`: W&B's rule for stopping runs early.",
    "command": "How the program is run, with W&B's macros; the default is W&B's.",
    "run_cap": "How many runs are started.",
    "metrics": "Where metrics are read from; or W&B's list of several metrics to optimise.",
}


def json_schema() -> Schema:
    """The schema. A file with `method` at the top and no `trainer` or `search` is W&B's."""
    study = _plain(StudyFile.model_json_schema(by_alias=True))
    shared = study.pop("$defs") | {"Parameter": _parameter()}
    shared["Search"] = {"properties": {key: {} for key in Search.model_fields}}
    sections: list[type[BaseModel]] = [Search, *_models(StudyFile)]
    for model in sections:
        if model.__name__ in shared:
            _describe(shared[model.__name__], model)
    _describe(study, StudyFile)
    _loosen(study, shared)
    shared |= {
        "Study": study,
        "Group": _group(),
        "WandbSweep": _wandb(study["properties"]),
    }
    study_keys = {"anyOf": [{"required": [key]} for key in ("trainer", "search")]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Study file of sweep",
        "type": "object",
        "if": {"required": ["method"], "not": study_keys},
        "then": {"$ref": "#/$defs/WandbSweep"},
        "else": {"$ref": "#/$defs/Study"},
        "$defs": dict(sorted(shared.items())),
    }


def _loosen(study: Schema, shared: dict[str, Schema]) -> None:
    """Allow what `load` accepts and the models alone do not, and add what the models leave out."""
    properties = study["properties"]
    parameter_or_group = {
        "anyOf": [{"$ref": "#/$defs/Parameter"}, {"$ref": "#/$defs/Group"}]
    }
    properties["parameters"] |= {"additionalProperties": parameter_or_group}
    description = properties["command"]["description"]
    properties["command"] = _command() | {"description": description}
    study["oneOf"] = [{"required": ["trainer"]}, {"required": ["command"]}]
    _rules(shared)
    _samplers(shared)
    # `none` lists the keys of all rules, and an unknown method has none: neither helps an editor.
    for name in (NoRule.__name__, members_of(AnySearch)[ANY].__name__):
        del shared[name]
        _forget([study, shared], name)
    del shared["Search"]
    shared["Checkpoint"]["properties"]["keep"] |= {
        "anyOf": [{"type": "integer", "minimum": 1}, {"const": "all"}]
    }
    shared["Resources"]["properties"]["gpu"] |= {
        "anyOf": [
            {"type": "number", "minimum": 0},
            {"const": "auto"},
            {"type": "null"},
        ]
    }
    shared["Ablation"]["properties"]["margin"] |= {
        "anyOf": [
            {"type": "number", "exclusiveMinimum": 0},
            {"type": "string", "pattern": r"^\s*[0-9.eE+-]+\s*%?\s*$"},
            {"type": "null"},
        ]
    }
    command = shared["Command"]["properties"]
    command["run"] = {
        "description": command["run"]["description"],
        "anyOf": [{"type": "string"}, _WORDS],
    }
    command["environment"]["additionalProperties"] = _WORDS["items"]
    shared["Trackers"] = _switches(shared["Trackers"])


def _rules(shared: dict[str, Schema]) -> None:
    """Require `type` in every rule; let `none` have the keys of all other rules."""
    for rule in RULES.values():
        section = shared[rule.__name__]
        section["required"] = ["type", *section.get("required", [])]
    none = shared[members_of(AnyRule)[ANY].__name__]
    none["description"] = shared[NoRule.__name__]["description"]
    for key, each in none["properties"].items():
        owner = next(rule for rule in RULES.values() if key in rule.model_fields)
        each |= shared[owner.__name__]["properties"][key]
    none["properties"]["type"] |= {"const": NoRule().type, "type": "string"}
    none["properties"]["type"]["description"] = "`none`."


def _samplers(shared: dict[str, Schema]) -> None:
    """Require a method except for the default one, and `trials` unless the search is exhaustive."""
    for name, sampler in SAMPLERS.items():
        section = shared[sampler.__name__]
        required = [] if name == DEFAULT else ["method"]
        section["required"] = required if sampler.exhaustive else [*required, "trials"]
        method = section["properties"]["method"]
        method["description"] = shared["Search"]["properties"]["method"]["description"]
        if sampler.aliases:
            method["enum"] = [method.pop("const"), *sampler.aliases]
    shared["Retune"]["properties"]["method"]["enum"] += ALIASES


def _forget(schema: Any, name: str) -> None:
    """Remove a definition from every `anyOf`."""
    if isinstance(schema, list):
        schema[:] = [part for part in schema if part != {"$ref": f"#/$defs/{name}"}]
    parts = schema.values() if isinstance(schema, dict) else schema
    for part in parts if isinstance(schema, dict | list) else ():
        _forget(part, name)


def _switches(section: Schema) -> Schema:
    """Let each key be true or false, and let a list of names stand for the section."""
    names: Schema = {"enum": list(section["properties"])}
    for each in section["properties"].values():
        each["anyOf"] = [*each["anyOf"], {"type": "boolean"}]
    description = (
        {"description": section.pop("description")} if "description" in section else {}
    )
    return description | {"anyOf": [names, {"type": "array", "items": names}, section]}


def _command() -> Schema:
    """A line, a list of words, or the section."""
    return {"anyOf": [{"type": "string"}, _WORDS, {"$ref": "#/$defs/Command"}]}


def _parameter() -> Schema:
    """One value, or a mapping whose keys fit its distribution."""
    entry = _plain(Entry.model_json_schema())
    keys = entries.keys_of_distributions()
    entry["anyOf"] = [
        {"required": list(needed_keys)}
        for needed_keys in (
            ["distribution"],
            ["value"],
            ["values"],
            ["min", "max"],
            ["mu"],
            ["sigma"],
        )
    ]
    entry["allOf"] = [
        {
            "if": {
                "properties": {"distribution": {"const": name}},
                "required": ["distribution"],
            },
            "then": {
                "propertyNames": {"enum": [*allowed, *_ALWAYS]},
                "required": list(required),
            },
        }
        for name, (allowed, required) in keys.items()
    ]
    _describe(entry, Entry)
    return {"anyOf": [{"type": ["string", "number", "boolean", "null"]}, entry]}


def _group() -> Schema:
    """W&B's nested parameters."""
    inner = {"anyOf": [{"$ref": "#/$defs/Parameter"}, {"$ref": "#/$defs/Group"}]}
    parameters = {"type": "object", "additionalProperties": inner, "minProperties": 1}
    return {
        "type": "object",
        "description": "A group of parameters, nested as in a W&B sweep file.",
        "properties": {
            "parameters": parameters
            | {"description": "Name → parameter, or a further group."},
            "description": {
                "type": "string",
                "description": "A sentence for the reader.",
            },
        },
        "required": ["parameters"],
        "additionalProperties": False,
    }


def _wandb(study_properties: Mapping[str, Schema]) -> Schema:
    """A W&B sweep file, with the sections of a study file that may be added to it."""
    parameter_or_group = {
        "anyOf": [{"$ref": "#/$defs/Parameter"}, {"$ref": "#/$defs/Group"}]
    }
    metric = _wandb_metric()
    properties: Schema = {
        "name": {"type": "string"},
        "description": {"type": "string"},
        "program": {"type": "string", "minLength": 1},
        "method": {"enum": list(wandb.METHODS)},
        "metric": metric,
        "parameters": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": parameter_or_group,
        },
        "early_terminate": {"type": "object", "required": ["type"]},
        "command": study_properties["command"],
        "run_cap": {"type": "integer", "minimum": 1},
        "metrics": {
            "anyOf": [
                {"$ref": "#/$defs/MetricSource"},
                {"type": "array", "minItems": 2, "items": metric},
            ]
        },
    }
    for key, text in _WANDB_DESCRIPTIONS.items():
        properties[key] = properties[key] | {"description": text}
    properties |= {
        key: study_properties[key] for key in wandb.OURS if key in study_properties
    }
    properties |= {key: {"description": _FOR_THE_SERVER} for key in wandb.SERVER}
    return {
        "type": "object",
        "description": "A W&B sweep file; it runs as it is.",
        "properties": properties,
        "required": ["method", "parameters"],
        "anyOf": [{"required": [key]} for key in ("program", "command", "trainer")],
        "additionalProperties": False,
    }


def _wandb_metric() -> Schema:
    """The section `metric` of a W&B sweep file."""
    name = {
        "type": "string",
        "minLength": 1,
        "description": "The metric's name, as the program logs it.",
    }
    goal = {
        "enum": list(wandb.GOALS),
        "default": "minimize",
        "description": "Whether a larger or a smaller value is better.",
    }
    target = {"type": "number", "description": "The study ends at this value."}
    return {
        "type": "object",
        "properties": {
            "name": name,
            "goal": goal,
            "target": target,
            "impute": {"description": _FOR_THE_SERVER},
            "impute_while_running": {"description": _FOR_THE_SERVER},
        },
        "required": ["name"],
        "additionalProperties": False,
    }


def _plain(schema: Any) -> Any:
    """Pydantic's schema without generated titles.

    `oneOf` becomes `anyOf`, since a schema does not know the tags that choose between models.
    """
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("title"), str):
        schema = {key: value for key, value in schema.items() if key != "title"}
    return {
        ("anyOf" if key == "oneOf" else key): _plain(value)
        for key, value in schema.items()
    }


def _describe(schema: Schema, model: type[BaseModel]) -> None:
    """Put a section's docstring where an editor shows it.

    The text describes the section. `Attributes:`, also those of its base classes, describe its
    keys.
    """
    for each in reversed(model.__mro__):
        if not issubclass(each, BaseModel) or "__doc__" not in vars(each):
            continue
        text, _, attributes = inspect.cleandoc(each.__doc__ or "").partition(
            "\n\nAttributes:\n"
        )
        schema["description"] = _line(text)
        for key, description in _attributes(attributes):
            field = model.model_fields.get(key)
            if field is not None:
                schema["properties"][field.alias or key]["description"] = _line(
                    description
                )


def _attributes(text: str) -> Iterator[tuple[str, str]]:
    """Each name in a docstring's `Attributes:`, with its description."""
    for names, description in re.findall(_ATTRIBUTE, text, re.MULTILINE):
        for name in re.findall(r"\w+", re.sub(r"\(.*\)", "", names)):
            yield name, description


def _line(text: str) -> str:
    return " ".join(text.split())


def _models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Every section inside a section, at any depth."""
    models: dict[type[BaseModel], None] = {}
    waiting: list[Any] = [field.annotation for field in model.model_fields.values()]
    while waiting:
        annotation = waiting.pop()
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            if annotation not in models:
                models[annotation] = None
                waiting += [
                    field.annotation for field in annotation.model_fields.values()
                ]
        else:
            waiting += get_args(annotation)
    return iter(models)
