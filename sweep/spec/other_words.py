"""Keys and calls of other tools, and their equivalents in a study file.

Optuna has `n_trials`, `sampler` and `low`, Ray Tune `loguniform(1e-4, 1e-1)`, scikit-learn
`param_grid`. A message names the equivalent if someone writes one of these.
"""

from __future__ import annotations

import re
from typing import Any

from sweep.document import KeyPath

_IN_SEARCH = {
    "n_trials": "trials",
    "num_trials": "trials",
    "num_samples": "trials",
    "max_trials": "trials",
    "count": "trials",
    "sampler": "method",
    "algorithm": "method",
    "type": "method",
    "name": "method",
    "pruner": "early_terminate, beside search",
    "scheduler": "early_terminate, beside search",
    "direction": "metric.goal",
    "population_size": "trials",
    "perturbation_interval": "interval",
    "hyperparam_mutations": "parameters: […], each with min and max in parameters",
    "hyperparam_bounds": "parameters: […], each with min and max in parameters",
    "quantile_fraction": "quantile",
    "resample_probability": "resample",
    "perturbation_factors": "factors",
}
_IN_METRIC = {"direction": "goal", "mode": "goal", "metric": "name"}
_IN_PARAMETER = {
    "choices": "values: […]",
    "options": "values: […]",
    "categories": "values: […]",
    "grid": "values: […], and search: {method: grid}",
    "grid_search": "values: […], and search: {method: grid}",
    "low": "min",
    "lower": "min",
    "high": "max",
    "upper": "max",
    "range": "min: … and max: …",
    "bounds": "min: … and max: …",
    "log": "distribution: log_uniform_values",
    "scale": "distribution: log_uniform_values for a logarithmic scale",
    "step": "q: the step, with distribution: q_uniform",
    "type": "distribution",
    "default": "value, for a constant",
}
_AT_THE_TOP = {
    "defaults": (
        "it is Hydra's, which the program reads by itself: command: "
        '[python, main.py, "${args_hydra}"]'
    ),
    "_target_": "it is Hydra's; here a trainer is named: trainer: module:function",
    "hydra": (
        "it is Hydra's: run its configuration as it is (sweep run conf/config.yaml), or "
        'hand parameters to the program: command: [python, main.py, "${args_hydra}"]'
    ),
    "stop": (
        "it is Ray Tune's; here the length of a trial is a parameter (parameters: "
        "{epochs: 10}), and early_terminate ends trials that lag behind"
    ),
    "tags": "it is W&B's; here description says what a study is for",
    "notes": "it is W&B's; here description says what a study is for",
    "group": "it is W&B's; here arms are groups: ablation.designs.arms",
}
_SECTIONS = {"search": _IN_SEARCH, "metric": _IN_METRIC}

_LOG = "distribution: log_uniform_values, "
_CALLS = {
    "loguniform": _LOG + "min: {0}, max: {1}",
    "log_uniform": _LOG + "min: {0}, max: {1}",
    "suggest_loguniform": _LOG + "min: {0}, max: {1}",
    "qloguniform": _LOG + "min: {0}, max: {1}",
    "reciprocal": _LOG + "min: {0}, max: {1}",
    "uniform": "min: {0}, max: {1}",
    "suggest_float": "min: {0}, max: {1}",
    "suggest_uniform": "min: {0}, max: {1}",
    "quniform": "distribution: q_uniform, min: {0}, max: {1}, q: {2}",
    "randint": "min: {0}, max: {1}",
    "suggest_int": "min: {0}, max: {1}",
    "int": "min: {0}, max: {1}",
    "range": "min: {0}, max: {1}",
    "normal": "distribution: normal, mu: {0}, sigma: {1}",
    "randn": "distribution: normal, mu: {0}, sigma: {1}",
    "choice": "values: [{*}]",
    "choose": "values: [{*}]",
    "categorical": "values: [{*}]",
    "suggest_categorical": "values: [{*}]",
    "grid": "values: [{*}]",
    "grid_search": "values: [{*}]",
    "interval": "min: {0}, max: {1}",
}
_CALL = re.compile(
    r"^\s*(?:\w+\.)*(?P<name>\w+)\s*\((?P<arguments>.*)\)\s*$", re.DOTALL
)


def key(path: KeyPath) -> str:
    """The study file's equivalent of another tool's key at `path`; "" if none is known."""
    if len(path) == 1:
        return _AT_THE_TOP.get(str(path[0]), "")
    if len(path) == 3 and path[0] == "parameters":
        equivalent = _IN_PARAMETER.get(str(path[2]), "")
    elif len(path) == 2:
        equivalent = _SECTIONS.get(str(path[0]), {}).get(str(path[1]), "")
    else:
        return ""
    return f"here it is {equivalent}" if equivalent else ""


def call(value: Any) -> str:
    """The study file's equivalent of a domain written as a call: `loguniform(1e-4, 1e-1)`.

    Returns "" for anything else, and for text that only looks like a call.
    """
    match = _CALL.match(value) if isinstance(value, str) else None
    if match is None or match["name"].lower() not in _CALLS:
        return ""
    written = match["arguments"].strip().strip("[]() ")
    arguments = [part.partition("=")[2] or part for part in written.split(",")]
    arguments = [part.strip().strip("[]()") for part in arguments] + ["…"] * 3
    form = _CALLS[match["name"].lower()]
    form = form.replace("{*}", written)
    return f"{{{form.format(*arguments)}}}"
