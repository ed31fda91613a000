"""A Hydra configuration that sweeps: `hydra.sweeper.params`, with Hydra's own or Optuna's sweeper.

Hydra hands its sweeper what the program's function returns. Nobody outside sees that, so the program
has to print it: `objective: 0.93`.
Source: https://hydra.cc/docs/plugins/optuna_sweeper/.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from sweep.document import Document, Path_
from sweep.spec.foreign.hydra_values import NoMeaning, entry
from sweep.spec.foreign.protocol import Foreign
from sweep.spec.wandb import Converted
from sweep.spec.wandb.draft import Draft
from sweep.spec.wandb.folders import candidates

OBJECTIVE = "objective"
_PATTERN = r"\bobjective\s*[:=]\s*([-+]?[\d.]+(?:e[-+]?\d+)?|nan|inf)"
_AT: Path_ = ("hydra", "sweeper")
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
    "params", "n_trials", "n_jobs", "direction", "sampler", "study_name", "_target_", "search_space",
)  # fmt: skip


def _recognises(document: Document) -> bool:
    hydra = document.data.get("hydra")
    sweeper = hydra.get("sweeper") if isinstance(hydra, dict) else None
    return isinstance(sweeper, dict) and bool({"params", "search_space"} & sweeper.keys())


def _convert(document: Document, here: Path) -> Converted:
    draft = Draft(document, here)
    sweeper = document.data["hydra"]["sweeper"]
    if "study_name" in sweeper:
        draft.put(("name",), sweeper["study_name"], (*_AT, "study_name"))
    _command(draft)
    _metric(draft, sweeper)
    _parameters(draft, sweeper)
    _search(draft, sweeper)
    for key in sweeper:
        if key not in _TAKEN:
            draft.note((*_AT, key), "has no meaning here")
    others = [key for key in document.data if key not in ("hydra", "defaults")]
    if others:
        text = f"{', '.join(others[:5])} stay the program's own settings, which Hydra reads"
        draft.note((others[0],), text)
    converted = replace(document, data=draft.data, lines=draft.lines)
    return Converted(converted, draft.notes, draft.violations)


def _parameters(draft: Draft, sweeper: dict[str, Any]) -> None:
    key = "params" if "params" in sweeper else "search_space"
    given = sweeper[key]
    if not isinstance(given, dict) or not given:
        draft.complain((*_AT, key), "holds no parameters", "params: {lr: choice(0.1, 0.01)}")
        return
    for name, override in given.items():
        at: Path_ = (*_AT, key, name)
        try:
            made = _old_space(override) if isinstance(override, dict) else entry(override)
        except NoMeaning as error:
            draft.complain(at, f"{override}: {error}")
            continue
        draft.put(("parameters", name), made, at)


def _old_space(given: dict[str, Any]) -> dict[str, Any]:
    """An entry of `search_space`, the Optuna sweeper's older form: `{type: float, low: …, high: …}`."""
    kind = given.get("type")
    if kind == "categorical":
        return {"values": given.get("choices")}
    bounds = {"min": given.get("low"), "max": given.get("high")}
    if kind == "int":
        log = {"distribution": "q_log_uniform_values", **bounds, "q": 1}
        return log if given.get("log") else {"distribution": "int_uniform", **bounds}
    if kind == "float":
        name = "log_uniform_values" if given.get("log") else "uniform"
        return {"distribution": name, **bounds}
    raise NoMeaning(f"type {kind!r} is not categorical, int or float")


def _metric(draft: Draft, sweeper: dict[str, Any]) -> None:
    direction = sweeper.get("direction", "minimize")
    first = direction[0] if isinstance(direction, list) and direction else direction
    draft.put(("metric",), {"name": OBJECTIVE, "goal": str(first)}, (*_AT, "direction"))
    if isinstance(direction, list) and len(direction) > 1:
        text = "of several objectives the first is read; name the others in search.objectives"
        draft.note((*_AT, "direction"), text)
    text = (
        "Hydra sees what the program's function returns, and a study what it prints: print it, "
        f'print(f"{OBJECTIVE}: {{value}}"), or name another source in command.metrics'
    )
    draft.note(_AT, text)


def _search(draft: Draft, sweeper: dict[str, Any]) -> None:
    sampler = sweeper.get("sampler")
    target = str(sampler.get("_target_", "")) if isinstance(sampler, dict) else ""
    optunas = "optuna" in str(sweeper.get("_target_", "")).lower() or any(
        key in sweeper for key in ("n_trials", "direction", "sampler", "search_space")
    )
    optunas = optunas or "optuna" in str(draft.source.data.get("defaults", "")).lower()
    method = _SAMPLERS.get(target.rpartition(".")[2], "tpe") if optunas else "grid"
    draft.put(("search", "method"), method, (*_AT, "sampler"))
    draft.lines["search",] = draft.source.line_of(_AT)
    if optunas and method != "grid":
        trials = sweeper.get("n_trials", _DEFAULT_TRIALS)
        draft.put(("search", "trials"), trials, (*_AT, "n_trials"))
    if isinstance(sampler, dict) and set(sampler) - {"_target_"}:
        draft.note((*_AT, "sampler"), "its settings are those of Optuna's; here they are ours")
    if isinstance(sweeper.get("n_jobs"), int):
        draft.put(("resources", "max_concurrent"), sweeper["n_jobs"], (*_AT, "n_jobs"))


def _command(draft: Draft) -> None:
    script = _script(draft)
    if script is None:
        folders = ", ".join(map(str, candidates(draft.here, draft.beside)))
        text = f"no Python file with @hydra.main in {folders}"
        draft.complain(_AT, text, "--set command.program=main.py")
        script = draft.beside / "main.py"
    run = ["python", "${program}", "${args_no_hyphens}", "hydra.run.dir=${folder}/hydra"]
    metrics = {"output": {OBJECTIVE: _PATTERN}, "epoch": None}
    section: dict[str, Any] = {"run": run, "program": script.name, "metrics": metrics}
    if script.parent != draft.beside:
        section["workdir"] = os.path.relpath(script.parent, draft.beside)
    draft.data["command"] = section


def _script(draft: Draft) -> Path | None:
    """The program that reads this configuration: one that names it, or the first with `hydra.main`."""
    name = Path(draft.source.name).stem
    found: list[Path] = []
    for folder in candidates(draft.here, draft.beside):
        paths = [*sorted(folder.glob("*.py")), *sorted(folder.glob("src/*.py"))]
        for path in paths[:_MOST_FILES]:
            text = path.read_text(encoding="utf-8", errors="replace")
            if not _MAIN.search(text):
                continue
            if f'"{name}"' in text or f"'{name}'" in text:
                return path
            found.append(path)
    return found[0] if found else None


HYDRA = Foreign("a Hydra configuration with hydra.sweeper", _recognises, _convert)
