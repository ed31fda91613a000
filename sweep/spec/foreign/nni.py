"""Convert NNI's search space, either `search_space.json` or part of an experiment's YAML.

Source: https://nni.readthedocs.io/en/stable/hpo/search_space.html.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from sweep.document import Document, KeyPath
from sweep.spec import json_file
from sweep.spec.foreign.protocol import Foreign
from sweep.spec.wandb import Converted
from sweep.spec.wandb.draft import Draft

_TUNERS = {
    "tpe": "tpe",
    "random": "random",
    "gridsearch": "grid",
    "gp": "gp",
    "gptuner": "gp",
    "anneal": "tpe",
    "evolution": "tpe",
    "smac": "gp",
    "bohb": "tpe",
    "metis": "gp",
}
_BOUNDED = {
    "uniform": "uniform",
    "loguniform": "log_uniform_values",
    "quniform": "q_uniform",
    "qloguniform": "q_log_uniform_values",
}
_DRAWN = {
    "normal": "normal",
    "qnormal": "q_normal",
    "lognormal": "log_normal",
    "qlognormal": "q_log_normal",
}
_EXPERIMENT = ("searchSpace", "searchSpaceFile", "trialCommand")
_NO_TRIALS = 50


def _is_entry(entry: Any) -> bool:
    """Whether a value is a parameter of NNI: `{_type: …, _value: …}`."""
    return isinstance(entry, dict) and "_type" in entry and "_value" in entry


def _recognises(document: Document) -> bool:
    """Whether a document is a search space or an experiment of NNI."""
    data = document.data
    space = any(_is_entry(entry) for entry in data.values())
    return space or sum(key in data for key in _EXPERIMENT) >= 2


def _convert(document: Document, here: Path) -> Converted:
    """Convert the document to a study file."""
    draft = Draft(document, here)
    data = document.data
    space, path = _space(draft)
    for name, entry in space.items():
        _parameter(draft, name, entry, (*path, name), {})
    experiment = "trialCommand" in data
    if experiment:
        draft.put(("command", "run"), str(data["trialCommand"]), ("trialCommand",))
        draft.data["command"]["metrics"] = {
            "output": {"default": r"\bdefault\s*[:=]\s*(\S+)"}
        }
        text = (
            "a trial must not call nni.get_next_parameter() and nni.report_…: let it read the "
            "JSON file that SWEEP_CONFIG names, or take ${args}, and print `default: 0.93`"
        )
        draft.note(("trialCommand",), text)
    else:
        allowed = "--trainer train.py:train, or --set command='python train.py ${args}'"
        draft.add_violation(("program",), "a search space names no program", allowed)
        draft.data["command"] = {"run": ["true"]}
    _search(draft, data)
    for key in data if experiment else ():
        if key not in (
            *_EXPERIMENT,
            "tuner",
            "maxTrialNumber",
            "trialConcurrency",
            "experimentName",
        ):
            draft.note((key,), "has no effect here")
    converted = replace(document, data=draft.data, lines=draft.lines)
    return Converted(converted, draft.notes, draft.violations)


def _space(draft: Draft) -> tuple[dict[str, Any], KeyPath]:
    """The search space and its path: in the file, in a file that it names, or the file itself."""
    data = draft.source.data
    if isinstance(data.get("searchSpace"), dict):
        return data["searchSpace"], ("searchSpace",)
    if "searchSpaceFile" in data:
        path = draft.beside / str(data["searchSpaceFile"])
        if not path.is_file():
            draft.add_violation(("searchSpaceFile",), f"no file {path}")
            return {}, ("searchSpaceFile",)
        return json_file.document(path).data, ("searchSpaceFile",)
    return data, ()


def _parameter(
    draft: Draft, name: str, entry: Any, path: KeyPath, when: dict[str, list[Any]]
) -> None:
    """Convert one parameter; `when` is the condition of a nested one."""
    if not _is_entry(entry):
        draft.add_violation(
            path,
            f"{entry!r} has no _type and _value",
            '{"_type": "choice", "_value": […]}',
        )
        return
    kind, values = entry["_type"], entry["_value"]
    if kind == "choice" and any(
        isinstance(value, dict) and "_name" in value for value in values
    ):
        _branches(draft, name, values, path, when)
        return
    domain = _domain(kind, values)
    if domain is None:
        allowed = ", ".join(["choice", "randint", *_BOUNDED, *_DRAWN])
        draft.add_violation(
            (*path, "_type"), f"{kind} of {values} cannot be converted", allowed
        )
        return
    draft.put(
        ("parameters", name), {**domain, **({"when": when} if when else {})}, path
    )


def _branches(
    draft: Draft,
    name: str,
    values: list[Any],
    path: KeyPath,
    when: dict[str, list[Any]],
) -> None:
    """Convert a nested choice: a choice of branches, and the parameters of each branch."""
    names = [v["_name"] if isinstance(v, dict) and "_name" in v else v for v in values]
    choice = {"values": names, **({"when": when} if when else {})}
    draft.put(("parameters", name), choice, path)
    for position, value in enumerate(values):
        if not isinstance(value, dict):
            continue
        for inner, entry in value.items():
            if inner != "_name":
                condition = {**when, name: [value.get("_name")]}
                inside: KeyPath = (*path, "_value", position, inner)
                _parameter(draft, f"{name}.{inner}", entry, inside, condition)


def _domain(kind: str, values: Any) -> dict[str, Any] | None:
    """The domain of a type of NNI; None if it is unknown or its values do not fit."""
    if not isinstance(values, list):
        return None
    if kind == "choice":
        return {"values": values}
    if kind == "randint" and len(values) == 2:
        return {"distribution": "int_uniform", "min": values[0], "max": values[1] - 1}
    if kind in _BOUNDED and len(values) >= 2:
        step = {"q": values[2]} if kind.startswith("q") and len(values) > 2 else {}
        return {
            "distribution": _BOUNDED[kind],
            "min": values[0],
            "max": values[1],
            **step,
        }
    if kind in _DRAWN and len(values) >= 2:
        step = {"q": values[2]} if kind.startswith("q") and len(values) > 2 else {}
        return {
            "distribution": _DRAWN[kind],
            "mu": values[0],
            "sigma": values[1],
            **step,
        }
    return None


def _search(draft: Draft, data: dict[str, Any]) -> None:
    """Put the metric and the method of the search, from the tuner."""
    tuner = data.get("tuner")
    tuner = tuner if isinstance(tuner, dict) else {}
    arguments = (
        tuner.get("classArgs") if isinstance(tuner.get("classArgs"), dict) else {}
    )
    name = str(tuner.get("name", "TPE"))
    method = _TUNERS.get(name.lower(), "tpe")
    goal = str((arguments or {}).get("optimize_mode", "maximize"))
    draft.put(("metric",), {"name": "default", "goal": goal}, ("tuner",))
    draft.put(("search", "method"), method, ("tuner",))
    if name.lower() not in _TUNERS and tuner:
        draft.note(("tuner", "name"), f"there is no {name} here; {method} searches")
    if method != "grid":
        trials = data.get("maxTrialNumber", _NO_TRIALS)
        draft.put(("search", "trials"), trials, ("maxTrialNumber",))
    if isinstance(data.get("trialConcurrency"), int):
        concurrency = data["trialConcurrency"]
        draft.put(("resources", "max_concurrent"), concurrency, ("trialConcurrency",))
    if isinstance(data.get("experimentName"), str):
        draft.put(("name",), data["experimentName"], ("experimentName",))


NNI = Foreign("a search space or an experiment of NNI", _recognises, _convert)
