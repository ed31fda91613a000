"""Files of other tools that are recognised but not read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_WRITE = "write its parameters as a study file: sweep init TRAINER shows one"


def sentence(data: Mapping[str, Any]) -> str | None:
    """The message for a format that sweep does not read, with its documentation; else None."""
    if _hydra_without_a_sweep(data):
        return (
            "is a Hydra configuration without a sweep: hydra.sweeper.params is "
            "missing. Add it, such as hydra: {sweeper: {params: {lr: "
            "'interval(0.001, 0.1)'}}}, or write a study file for the program: "
            "sweep init main.py"
        )
    for text, is_one, page in _FORMATS:
        if is_one(data):
            return f"is {text}, which sweep does not read ({page}); {_WRITE}"
    return None


def _hydra_without_a_sweep(data: Mapping[str, Any]) -> bool:
    """With `hydra:` or a list `defaults`, and with nothing that only a study file has."""
    of_a_study = {"trainer", "command", "metric", "parameters", "search", "ablation"}
    if of_a_study & data.keys():
        return False
    return isinstance(data.get("hydra"), dict) or isinstance(data.get("defaults"), list)


def _katib(data: Mapping[str, Any]) -> bool:
    return str(data.get("apiVersion", "")).startswith("kubeflow.org") and "spec" in data


def _determined(data: Mapping[str, Any]) -> bool:
    return {"searcher", "hyperparameters"} <= data.keys()


def _keras_tuner(data: Mapping[str, Any]) -> bool:
    inner = data.get("hyperparameters", data)
    space = inner.get("space") if isinstance(inner, dict) else None
    return isinstance(space, list) and any(
        isinstance(each, dict) and "class_name" in each for each in space
    )


def _syne_tune(data: Mapping[str, Any]) -> bool:
    values = data.get("config_space", data)
    entries = values.values() if isinstance(values, dict) else ()
    return any(isinstance(entry, dict) and "domain_cls" in entry for entry in entries)


_FORMATS: tuple[tuple[str, Callable[[Mapping[str, Any]], bool], str], ...] = (
    (
        "an experiment of Katib",
        _katib,
        "https://www.kubeflow.org/docs/components/katib/user-guides/hp-tuning/configure-experiment/",
    ),
    (
        "an experiment configuration of Determined",
        _determined,
        "https://docs.determined.ai/latest/reference/training/experiment-config-reference.html",
    ),
    (
        "a search space of Keras Tuner",
        _keras_tuner,
        "https://keras.io/keras_tuner/api/hyperparameters/",
    ),
    (
        "a configuration space of Syne Tune",
        _syne_tune,
        "https://syne-tune.readthedocs.io/en/latest/search_space.html",
    ),
)
