"""Convert a dict in a Python file, with Optuna's distributions or Ray Tune's domains as values.

It is named `space.py:SPACE` or `package.module:SPACE`. Objects are recognised by the names of their
classes and read through their attributes. So this works with all versions of Optuna and Ray, and
imports neither.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import math
import sys
from pathlib import Path
from typing import Any

from sweep.document import Document, KeyPath
from sweep.errors import StudyFileError, Violation, nearest
from sweep.spec.wandb import UNCAPPED_TRIALS, Converted
from sweep.spec.wandb.draft import Draft

Entry = dict[str, Any]
_EXAMPLE = "--trainer train.py:train, or --set command='python train.py ${args}'"


def names_a_space(path: str | Path) -> bool:
    """Whether a path is `file.py:NAME` or `module:NAME` rather than an existing file."""
    module, colon, name = str(path).rpartition(":")
    if not colon or not name.isidentifier() or Path(path).exists():
        return False
    return module.endswith(".py") or all(
        part.isidentifier() for part in module.split(".")
    )


def convert(path: str | Path) -> Converted:
    """Convert a space. There are violations for `metric` and `program`, which a space lacks.

    Args:
        path: see `names_a_space`.

    Raises:
        StudyFileError: the file cannot be imported, or has no dict of that name.
    """
    space, source = _loaded(str(path))
    lines = _lines(source, str(path).rpartition(":")[2])
    document = Document(str(path), {"parameters": space}, lines, source)
    draft = Draft(document, Path.cwd())
    _convert_all(draft, space, (), ("parameters",))
    allowed = "--set metric.name=val/loss --set metric.goal=minimize"
    draft.add_violation(("metric",), "a search space names no metric", allowed)
    draft.add_violation(("program",), "a search space names no program", _EXAMPLE)
    draft.data["command"] = {"run": ["true"]}
    draft.data["metric"] = {"name": "metric", "goal": "maximize"}
    if _is_grid(draft.data.get("parameters", {})):
        draft.data["search"] = {"method": "grid"}
    else:
        draft.data["search"] = {"method": "tpe", "trials": UNCAPPED_TRIALS}
    study_document = Document(str(path), draft.data, draft.lines, source)
    return Converted(study_document, draft.notes, draft.violations)


def _is_grid(parameters: dict[str, Entry]) -> bool:
    """Whether every parameter has listed values; False without parameters."""
    if not parameters:
        return False
    return all("values" in entry or "value" in entry for entry in parameters.values())


def _loaded(path: str) -> tuple[dict[str, Any], str]:
    """The dict that a path names, and the source of its file.

    Raises:
        StudyFileError: the file cannot be imported, or has no dict of that name.
    """
    module_name, _, name = path.rpartition(":")
    try:
        if module_name.endswith(".py"):
            file = Path(module_name)
            source = file.read_text(encoding="utf-8")
            module = _import(file)
        else:
            if str(Path.cwd()) not in sys.path:
                sys.path.append(str(Path.cwd()))
            module = importlib.import_module(module_name)
            source = Path(str(module.__file__)).read_text(encoding="utf-8")
    except Exception as error:
        problem = f"cannot be imported: {type(error).__name__}: {error}"
        raise StudyFileError(path, [Violation(0, "", problem)]) from error
    space = getattr(module, name, None)
    if not isinstance(space, dict):
        raise StudyFileError(path, [_no_dict(module, name)])
    return space, source


def _no_dict(module: Any, name: str) -> Violation:
    """The violation of a name that is not a dict of the module, with the nearest one that is."""
    found = getattr(module, name, None)
    problem = f"{name} is a {type(found).__name__}, not a dict"
    if found is None:
        problem = f"there is no {name}"
    dicts = [key for key, value in vars(module).items() if isinstance(value, dict)]
    guess = nearest(name, [key for key in dicts if not key.startswith("_")])
    allowed = f"did you mean {guess!r}?" if guess else "SPACE = {…}"
    return Violation(0, "", problem, allowed)


def _import(file: Path) -> Any:
    """Import a file as a module of its own.

    Raises:
        ImportError: it is not a Python file.
    """
    spec = importlib.util.spec_from_file_location(f"sweep_space_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _lines(source: str, name: str) -> dict[KeyPath, int]:
    """The line of each key of a dict literal."""
    lines: dict[KeyPath, int] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            if isinstance(node.value, ast.Dict) and name in names:
                _note_keys(node.value, ("parameters",), lines)
    return lines


def _note_keys(node: ast.Dict, path: KeyPath, lines: dict[KeyPath, int]) -> None:
    """Add the line of each key of a dict, and of the dicts in it, to `lines`."""
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            key_path = (*path, key.value)
            lines[key_path] = key.lineno
            if isinstance(value, ast.Dict):
                _note_keys(value, key_path, lines)


def _convert_all(
    draft: Draft, space: dict[str, Any], group: tuple[str, ...], path: KeyPath
) -> None:
    """Convert the entries of a dict; the names of nested dicts are joined with a dot.

    Args:
        draft: of the study file.
        space: the dict.
        group: names of the dicts around it.
        path: of the dict in the file.
    """
    for key, value in space.items():
        key_path: KeyPath = (*path, str(key))
        full_name = ".".join((*group, str(key)))
        if isinstance(value, dict) and set(value) == {"grid_search"}:
            values = {"values": list(value["grid_search"])}
            draft.put(("parameters", full_name), values, key_path)
        elif isinstance(value, dict):
            _convert_all(draft, value, (*group, str(key)), key_path)
        else:
            converted = _entry(value)
            if converted is None or _holds_a_domain(converted):
                allowed = "a distribution of Optuna, a domain of Ray Tune, a value"
                draft.add_violation(key_path, _why_not(value), allowed)
            else:
                draft.put(("parameters", full_name), converted, key_path)


def _why_not(value: Any) -> str:
    """Why a value cannot be converted."""
    kind = type(value).__name__
    if kind == "Function" and type(value).__module__.startswith("ray."):
        return (
            "tune.sample_from is Python code that computes a value from other parameters:"
            " use when, or a constant"
        )
    if isinstance(value, list | tuple) or kind in (
        "Categorical",
        "CategoricalDistribution",
    ):
        text = (
            "a domain inside a choice or a list cannot be converted: make it a separate"
            " parameter"
        )
        return f"{text}, with when: {{…}} if only one choice uses it"
    if kind in ("Float", "Integer"):
        return f"this {kind} of Ray Tune has no bounds"
    if callable(value):
        return f"a {kind} is Python code, which a study file cannot contain"
    return f"a study file cannot contain a {kind}"


def _holds_a_domain(converted: Entry) -> bool:
    """Whether an entry contains a value that a study file cannot contain."""
    waiting = [converted.get("value"), *converted.get("values", [])]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list | tuple):
            waiting += value
        elif not (value is None or isinstance(value, str | int | float | bool)):
            return True
    return False


def _entry(value: Any) -> Entry | None:
    """A value of the dict as an entry of `parameters`; None if it has no form there."""
    value = _plain(value)
    home = type(value).__module__
    if home.startswith("optuna."):
        return _optuna(value)
    if home.startswith("ray."):
        return _ray(value)
    if isinstance(value, tuple):
        return {"value": list(value)}
    if value is None or isinstance(value, str | int | float | bool | list):
        return {"value": value}
    return None


def _plain(value: Any) -> Any:
    """Convert NumPy's numbers and arrays to Python's; leave other values unchanged."""
    package = type(value).__module__.split(".")[0]
    return value.tolist() if package == "numpy" else value


def _optuna(distribution: Any) -> Entry | None:
    """The entry of a distribution of Optuna."""
    kind = type(distribution).__name__
    if kind == "CategoricalDistribution":
        return {"values": [_plain(choice) for choice in distribution.choices]}
    return _bounded(
        distribution.low,
        distribution.high,
        log=getattr(distribution, "log", False),
        step=getattr(distribution, "step", None),
        whole="Int" in kind,
    )


def _ray(domain: Any) -> Entry | None:
    """The entry of a domain of Ray Tune; None for a function or another domain."""
    kind = type(domain).__name__
    if kind == "Categorical":
        return {"values": [_plain(choice) for choice in domain.categories]}
    if kind not in ("Float", "Integer"):
        return None
    sampler = domain.get_sampler()
    step = None
    if type(sampler).__name__ == "Quantized":
        sampler, step = sampler.sampler, sampler.q
    if kind == "Integer" and step == 1:
        step = None  # `qrandint(1, 4, 1)` excludes 4, like `randint`; other steps include it
    sampler_name = type(sampler).__name__.lower()
    if "normal" in sampler_name:
        moments: Entry = {"mu": sampler.mean, "sigma": sampler.sd}
        if step is None:
            return {"distribution": "normal", **moments}
        return {"distribution": "q_normal", **moments, "q": step}
    whole = kind == "Integer"
    # `randint` and `lograndint` exclude their upper bound; the quantized ones include it.
    high = domain.upper - 1 if whole and step is None else domain.upper
    is_log = "log" in sampler_name
    return _bounded(domain.lower, high, log=is_log, step=step, whole=whole)


def _bounded(low: Any, high: Any, *, log: bool, step: Any, whole: bool) -> Entry | None:
    """The entry of a number between two bounds; None if a bound is infinite."""
    if not all(math.isfinite(bound) for bound in (low, high)):
        return None
    bounds = {"min": low, "max": high}
    if log and whole:
        return {"distribution": "q_log_uniform_values", **bounds, "q": step or 1}
    if log and step:
        return {"distribution": "q_log_uniform_values", **bounds, "q": step}
    if log:
        return {"distribution": "log_uniform_values", **bounds}
    if step is not None and not (whole and step == 1):
        return {"distribution": "q_uniform", **bounds, "q": step}
    return {"distribution": "int_uniform" if whole else "uniform", **bounds}
