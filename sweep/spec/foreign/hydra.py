"""A Hydra configuration that sweeps: `hydra.sweeper.params`, with Hydra's own or Optuna's sweeper.

Hydra passes the return value of the program's function to its sweeper. Another process cannot see
it, so the program has to print it: `objective: 0.93`. Source:
https://hydra.cc/docs/plugins/optuna_sweeper/.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from sweep.document import Document, KeyPath
from sweep.spec.foreign.hydra_group import group_of
from sweep.spec.foreign.hydra_values import NotConvertible, entry, includes_stop
from sweep.spec.foreign.protocol import Foreign
from sweep.spec.wandb import Converted
from sweep.spec.wandb.draft import Draft
from sweep.spec.wandb.folders import candidates

OBJECTIVE = "objective"
_PATTERN = r"\bobjective\s*[:=]\s*([-+]?[\d.]+(?:e[-+]?\d+)?|nan|inf)"
_AT: KeyPath = ("hydra", "sweeper")
_SAMPLERS = {
    "TPESampler": "tpe",
    "RandomSampler": "random",
    "CmaEsSampler": "cmaes",
    "GridSampler": "grid",
    "NSGAIISampler": "nsga2",
    "QMCSampler": "qmc",
    "GPSampler": "gp",
}
_DEFAULT_TRIALS = 20  # of the Optuna sweeper
_MAIN = re.compile(r"@hydra\.main\(|^\s*@main\(", re.MULTILINE)
_MOST_FILES = 200
_TAKEN = (
    "params", "n_trials", "n_jobs", "direction", "sampler", "study_name", "_target_",
    "search_space",
)  # fmt: skip


def _recognises(document: Document) -> bool:
    """Whether a document has Hydra's section `hydra.sweeper` with a space."""
    hydra = document.data.get("hydra")
    sweeper = hydra.get("sweeper") if isinstance(hydra, dict) else None
    if not isinstance(sweeper, dict):
        return False
    return any(sweeper.get(key) is not None for key in ("params", "search_space"))


def _convert(document: Document, here: Path) -> Converted:
    """Convert the document to a study file."""
    draft = Draft(document, here)
    sweeper = document.data["hydra"]["sweeper"]
    if isinstance(sweeper.get("study_name"), str):
        draft.put(("name",), sweeper["study_name"], (*_AT, "study_name"))
    _command(draft)
    _metric(draft, sweeper)
    _parameters(draft, sweeper)
    _search(draft, sweeper)
    for key in sweeper:
        if key not in _TAKEN and sweeper[key] is not None:
            draft.note((*_AT, key), "has no effect here")
    swept = draft.data.get("parameters", {})
    others = [key for key in document.data if key not in ("hydra", "defaults", *swept)]
    if others:
        text = f"{', '.join(others[:5])} are the program's settings; Hydra still reads them"
        draft.note((others[0],), text)
    converted = replace(document, data=draft.data, lines=draft.lines)
    return Converted(converted, draft.notes, draft.violations)


def _parameters(draft: Draft, sweeper: dict[str, Any]) -> None:
    """Convert the search space, as the sweeper reads it."""
    key = "params" if "params" in sweeper else "search_space"
    space = sweeper[key]
    if not isinstance(space, dict) or not space:
        draft.add_violation(
            (*_AT, key), "has no parameters", "params: {lr: choice(0.1, 0.01)}"
        )
        return
    # Optuna's sweeper converts a range to IntDistribution, which includes its end; a grid does not.
    takes_end = _method(draft, sweeper) != "grid"
    is_old_form = key == "search_space"
    for name, override in space.items():
        path: KeyPath = (*_AT, key, name)
        try:
            if is_old_form:
                converted = _old_space(override)
            else:
                converted = entry(override, takes_end=takes_end)
        except NotConvertible as error:
            draft.add_violation(path, f"{override}: {error}")
            continue
        if takes_end and includes_stop(override):
            text = f"includes the end of {override}, as Optuna's sweeper does"
            draft.note(path, text)
        draft.put(("parameters", name), converted, path)


def _old_space(old_entry: Any) -> dict[str, Any]:
    """An entry in the Optuna sweeper's older form: `{type: float, low: …, high: …}`."""
    if not isinstance(old_entry, dict):
        raise NotConvertible("it is not {type: float, low: 0, high: 1}")
    kind = old_entry.get("type")
    if kind == "categorical":
        return {"values": old_entry.get("choices")}
    if kind not in ("int", "float"):
        raise NotConvertible(f"type {kind!r} is not categorical, int or float")
    bounds = {"min": old_entry.get("low"), "max": old_entry.get("high")}
    step = old_entry.get("step")
    is_log = bool(old_entry.get("log"))
    if step is not None and not is_log:
        return {"distribution": "q_uniform", **bounds, "q": step}
    if kind == "int" and is_log:
        return {"distribution": "q_log_uniform_values", **bounds, "q": 1}
    if kind == "int":
        return {"distribution": "int_uniform", **bounds}
    name = "log_uniform_values" if is_log else "uniform"
    return {"distribution": name, **bounds}


def _metric(draft: Draft, sweeper: dict[str, Any]) -> None:
    """Put the metric: the value that the program returns, with the sweeper's direction."""
    direction = sweeper.get("direction", "minimize")
    first = direction[0] if isinstance(direction, list) and direction else direction
    draft.put(("metric",), {"name": OBJECTIVE, "goal": str(first)}, (*_AT, "direction"))
    if not _is_optunas(draft, sweeper):
        text = (
            "Hydra's own sweeper has no direction: sweep assumes that lower is "
            "better; otherwise use --set metric.goal=maximize"
        )
        draft.note(_AT, text)
    if isinstance(direction, list) and len(direction) > 1:
        text = "only the first objective is read; add the others to search.objectives"
        draft.note((*_AT, "direction"), text)
    text = (
        "Hydra reads the function's return value, sweep reads the output: print it with "
        f'print(f"{OBJECTIVE}: {{value}}"), or set another source in command.metrics'
    )
    draft.note(_AT, text)


def _method(draft: Draft, sweeper: dict[str, Any]) -> str:
    """The search method: `grid` for Hydra's own sweeper."""
    if not _is_optunas(draft, sweeper):
        return "grid"
    return _SAMPLERS.get(_sampler(sweeper).rpartition(".")[2], "tpe")


def _is_optunas(draft: Draft, sweeper: dict[str, Any]) -> bool:
    """Whether the sweeper is Optuna's and not Hydra's own, by its keys or its name."""
    keys = ("n_trials", "direction", "sampler", "search_space")
    if any(key in sweeper for key in keys):
        return True
    words = f"{sweeper.get('_target_', '')} {draft.source.data.get('defaults', '')}"
    return "optuna" in words.lower()


def _sampler(sweeper: dict[str, Any]) -> str:
    """The class of Optuna's sampler; "" without one."""
    settings = _sampler_settings(sweeper)
    return str(settings.get("_target_", ""))


def _sampler_settings(sweeper: dict[str, Any]) -> dict[str, Any]:
    """The settings of Optuna's sampler; empty without one."""
    sampler = sweeper.get("sampler")
    return sampler if isinstance(sampler, dict) else {}


def _search(draft: Draft, sweeper: dict[str, Any]) -> None:
    """Put the method and the number of trials of the search."""
    method = _method(draft, sweeper)
    sampler = _sampler(sweeper)
    draft.put(("search", "method"), method, (*_AT, "sampler"))
    draft.lines["search",] = draft.source.line_of(_AT)
    if sampler and sampler.rpartition(".")[2] not in _SAMPLERS:
        path = (*_AT, "sampler", "_target_")
        draft.note(path, f"there is no {sampler} here; {method} searches")
    if _is_optunas(draft, sweeper) and method != "grid":
        trials = sweeper.get("n_trials", _DEFAULT_TRIALS)
        draft.put(("search", "trials"), trials, (*_AT, "n_trials"))
    for key, value in _sampler_settings(sweeper).items():
        if key not in ("_target_", "_partial_"):
            _sampler_setting(draft, method, key, value)
    concurrent = _concurrent(draft, sweeper)
    if concurrent:
        number, path = concurrent
        draft.put(("resources", "max_concurrent"), number, path)


def _sampler_setting(draft: Draft, method: str, key: str, value: Any) -> None:
    """Put one setting of the sampler, or note that it has no effect."""
    path: KeyPath = (*_AT, "sampler", key)
    if key == "seed" and isinstance(value, int):
        draft.put(("search", "seed"), value, path)
    elif key == "n_startup_trials" and method == "tpe":
        draft.put(("search", key), value, path)
    elif value is not None:
        text = f"is a setting of Optuna's; for those of {method} see search in the docs"
        draft.note(path, text)


def _concurrent(draft: Draft, sweeper: dict[str, Any]) -> tuple[int, KeyPath] | None:
    """The number of parallel jobs of the sweeper or of the launcher, with its key."""
    launcher = draft.source.data["hydra"].get("launcher")
    settings = launcher if isinstance(launcher, dict) else {}
    for key in settings:
        if key not in ("n_jobs", "_target_"):
            text = "has no effect: sweep starts the trials itself, see resources"
            draft.note(("hydra", "launcher", key), text)
    numbers: list[tuple[Any, KeyPath]] = [
        (sweeper.get("n_jobs"), (*_AT, "n_jobs")),
        (settings.get("n_jobs"), ("hydra", "launcher", "n_jobs")),
    ]
    for value, path in numbers:
        if isinstance(value, int) and value > 0:
            return value, path
    return None


def _command(draft: Draft) -> None:
    """Put the command that runs the script with `@hydra.main`."""
    script = _script(draft)
    if script is None:
        folders = ", ".join(map(str, candidates(draft.here, draft.beside)))
        text = f"no Python file with @hydra.main in {folders}"
        draft.add_violation(_AT, text, "--set command.program=main.py")
        script = draft.beside / "main.py"
    run = ["python", "${program}", "${args_hydra}", "hydra.run.dir=${folder}/hydra"]
    group = group_of(Path(draft.source.name), draft.source.text, script)
    if group is not None:
        run.insert(2, group)
        text = f"each trial gets {group}, so that the rest of this file applies as well"
        draft.note(("hydra",), text)
    if group is not None or "mode" in draft.source.data["hydra"]:
        run.append("hydra.mode=RUN")  # otherwise every trial would start another sweep
    metrics = {"output": {OBJECTIVE: _PATTERN}, "epoch": None}
    section: dict[str, Any] = {"run": run, "program": script.name, "metrics": metrics}
    # Without it, Hydra hides the traceback of a failure.
    section["environment"] = {"HYDRA_FULL_ERROR": "1"}
    if script.parent != draft.beside:
        section["workdir"] = os.path.relpath(script.parent, draft.beside)
    draft.data["command"] = section


def _script(draft: Draft) -> Path | None:
    """The program that reads this configuration.

    It is a file with `hydra.main` that contains the configuration's name, else the first file with
    `hydra.main`.
    """
    name = Path(draft.source.name).stem
    programs: list[Path] = []
    for folder in candidates(draft.here, draft.beside):
        paths = [*sorted(folder.glob("*.py")), *sorted(folder.glob("src/*.py"))]
        for path in paths[:_MOST_FILES]:
            text = path.read_text(encoding="utf-8", errors="replace")
            if not _MAIN.search(text):
                continue
            if f'"{name}"' in text or f"'{name}'" in text:
                return path
            programs.append(path)
    return programs[0] if programs else None


HYDRA = Foreign("a Hydra configuration with hydra.sweeper", _recognises, _convert)
