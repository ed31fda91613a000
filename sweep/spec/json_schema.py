"""A JSON schema (draft 2020-12) of study files, for the completion and the red lines of an editor.

It is made from the models that `load` checks with, so that it cannot say anything else; their
docstrings become the hints. A W&B sweep file is described as well. What needs the whole file to be
seen (a name that is defined nowhere, a minimum above its maximum) is `sweep check`'s.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel

from sweep.spec import entries, wandb
from sweep.spec.entries import Entry
from sweep.spec.schema import StudyFile
from sweep.spec.search_section import EXHAUSTIVE

Schema = dict[str, Any]

_WORDS: Schema = {"type": "array", "items": {"type": ["string", "number"]}, "minItems": 1}
_ALWAYS = ("distribution", "when", "role", "description")  # keys that every parameter may have


def json_schema() -> Schema:
    """The schema; a file with `method` at the top, and no `trainer` or `search`, is W&B's."""
    study = _plain(StudyFile.model_json_schema(by_alias=True))
    shared = study.pop("$defs") | {"Parameter": _parameter()}
    for model in _models(StudyFile):
        if model.__name__ in shared:
            _describe(shared[model.__name__], model)
    _describe(study, StudyFile)
    _loosen(study, shared)
    shared |= {"Study": study, "Group": _group(), "WandbSweep": _wandb(study["properties"])}
    ours = {"anyOf": [{"required": [key]} for key in ("trainer", "search")]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Study file of sweep",
        "type": "object",
        "if": {"required": ["method"], "not": ours},
        "then": {"$ref": "#/$defs/WandbSweep"},
        "else": {"$ref": "#/$defs/Study"},
        "$defs": dict(sorted(shared.items())),
    }


def _loosen(study: Schema, shared: dict[str, Schema]) -> None:
    """What `load` reads more generously than the models by themselves, and what the models leave to it."""
    properties = study["properties"]
    properties["parameters"] |= {"additionalProperties": {"$ref": "#/$defs/Parameter"}}
    properties["command"] = _command()
    study["oneOf"] = [{"required": ["trainer"]}, {"required": ["command"]}]
    search = shared["Search"]
    search["required"] = [key for key in search["required"] if key != "trials"]
    search["if"] = {"properties": {"method": {"enum": list(EXHAUSTIVE)}}, "required": ["method"]}
    search["else"] = {"required": ["trials"]}
    shared["Checkpoint"]["properties"]["keep"] |= {
        "anyOf": [{"type": "integer", "minimum": 1}, {"const": "all"}]
    }
    command = shared["Command"]["properties"]
    command["run"] = {
        "description": command["run"]["description"],
        "anyOf": [{"type": "string"}, _WORDS],
    }
    command["environment"]["additionalProperties"] = _WORDS["items"]
    shared["Trackers"] = _switches(shared["Trackers"])


def _switches(section: Schema) -> Schema:
    """A section whose keys can be switched on and off by a word each, or named in a list."""
    names: Schema = {"enum": list(section["properties"])}
    for each in section["properties"].values():
        each["anyOf"] = [*each["anyOf"], {"type": "boolean"}]
    said = {"description": section.pop("description")} if "description" in section else {}
    return said | {"anyOf": [names, {"type": "array", "items": names}, section]}


def _command() -> Schema:
    """A line, a list of words, or the section."""
    return {"anyOf": [{"type": "string"}, _WORDS, {"$ref": "#/$defs/Command"}]}


def _parameter() -> Schema:
    """One value, or a mapping whose keys fit its distribution."""
    entry = _plain(Entry.model_json_schema())
    keys = entries.keys_of_distributions()
    entry["anyOf"] = [
        {"required": list(given)}
        for given in (["distribution"], ["value"], ["values"], ["min", "max"], ["mu"], ["sigma"])
    ]
    entry["allOf"] = [
        {
            "if": {"properties": {"distribution": {"const": name}}, "required": ["distribution"]},
            "then": {"propertyNames": {"enum": [*allowed, *_ALWAYS]}, "required": list(required)},
        }
        for name, (allowed, required) in keys.items()
    ]
    entry["description"] = "A parameter: one value, several to choose from, or a distribution."
    return {"anyOf": [{"type": ["string", "number", "boolean", "null"]}, entry]}


def _group() -> Schema:
    """W&B's nested parameters."""
    inner = {"anyOf": [{"$ref": "#/$defs/Parameter"}, {"$ref": "#/$defs/Group"}]}
    parameters = {"type": "object", "additionalProperties": inner, "minProperties": 1}
    return {
        "type": "object",
        "properties": {"parameters": parameters, "description": {"type": "string"}},
        "required": ["parameters"],
        "additionalProperties": False,
    }


def _wandb(ours: Mapping[str, Schema]) -> Schema:
    """A W&B sweep file, with the sections of a study file that may be added to it."""
    one = {"anyOf": [{"$ref": "#/$defs/Parameter"}, {"$ref": "#/$defs/Group"}]}
    metric = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 1},
            "goal": {"enum": list(wandb.GOALS), "default": "minimize"},
            "target": {"type": "number"},
            "impute": {},
            "impute_while_running": {},
        },
        "required": ["name"],
        "additionalProperties": False,
    }
    properties: Schema = {
        "name": {"type": "string"},
        "description": {"type": "string"},
        "program": {"type": "string", "minLength": 1},
        "method": {"enum": list(wandb.METHODS)},
        "metric": metric,
        "parameters": {"type": "object", "minProperties": 1, "additionalProperties": one},
        "early_terminate": {"type": "object", "required": ["type"]},
        "command": ours["command"],
        "run_cap": {"type": "integer", "minimum": 1},
        "metrics": {"$ref": "#/$defs/MetricSource"},
    }
    properties |= {key: ours[key] for key in wandb.OURS if key in ours}
    properties |= {
        key: {"description": "For W&B's server; means nothing here."} for key in wandb.SERVER
    }
    return {
        "type": "object",
        "description": "A W&B sweep file; it runs as it is.",
        "properties": properties,
        "required": ["method", "metric", "parameters"],
        "anyOf": [{"required": ["program"]}, {"required": ["command"]}],
        "additionalProperties": False,
    }


def _plain(schema: Any) -> Any:
    """Pydantic's schema without the titles it makes of names; tags choose between models, which a schema cannot say."""
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("title"), str):
        schema = {key: value for key, value in schema.items() if key != "title"}
    return {("anyOf" if key == "oneOf" else key): _plain(value) for key, value in schema.items()}


def _describe(schema: Schema, model: type[BaseModel]) -> None:
    """Put a section's docstring where an editor shows it: the text at the section, `Attributes:` at its keys."""
    text, _, attributes = inspect.cleandoc(model.__doc__ or "").partition("\n\nAttributes:\n")
    schema["description"] = _line(text)
    for names, said in re.findall(r"^    ([^:\n]+): (.*(?:\n     .*)*)", attributes, re.MULTILINE):
        for name in re.findall(r"\w+", re.sub(r"\(.*\)", "", names)):
            field = model.model_fields.get(name)
            if field is not None:
                schema["properties"][field.alias or name]["description"] = _line(said)


def _line(text: str) -> str:
    return " ".join(text.split())


def _models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Every section that a section is made of."""
    found: dict[type[BaseModel], None] = {}
    waiting: list[Any] = [field.annotation for field in model.model_fields.values()]
    while waiting:
        annotation = waiting.pop()
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            if annotation not in found:
                found[annotation] = None
                waiting += [field.annotation for field in annotation.model_fields.values()]
        else:
            waiting += get_args(annotation)
    return iter(found)
