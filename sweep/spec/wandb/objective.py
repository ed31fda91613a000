"""`metric` and `metrics` of a W&B sweep file."""

from __future__ import annotations

from typing import Any

from sweep.document import KeyPath
from sweep.errors import one_of
from sweep.spec.command import UNRANKED
from sweep.spec.wandb.draft import Draft

GOALS = ("maximize", "minimize")
_METRIC = ("name", "goal", "target")
_IMPUTATION = ("impute", "impute_while_running")
_EXAMPLE = "metric: {name: val_loss, goal: minimize}"


def metric(draft: Draft) -> None:
    """Convert `metric`, or the list `metrics` of several objectives."""
    raw = draft.source.data.get("metric")
    several = draft.source.data.get("metrics")
    if raw is None and isinstance(several, list):
        _objectives(draft, several)
    elif raw is None:
        _none(draft)
    elif isinstance(raw, dict):
        converted = _converted(draft, raw, ("metric",))
        for key, value in converted.items():
            draft.put(("metric", key), value, ("metric", key))
    else:
        example = f"{{name: {raw}, goal: minimize}}"
        draft.add_violation(("metric",), f"{raw!r} is not a mapping", example)


def _none(draft: Draft) -> None:
    """Handle a file without a metric; a grid or a random search can still run."""
    needs = []
    if draft.source.data.get("method") == "bayes":
        needs.append("method")
    if draft.source.data.get("early_terminate"):
        needs.append("early_terminate")
    draft.data["metric"] = {"name": UNRANKED, "goal": "maximize"}
    if needs:
        why = f"{needs[0]} needs" if len(needs) == 1 else f"{' and '.join(needs)} need"
        allowed = f"{_EXAMPLE}, or --set metric.name=val_loss"
        draft.add_violation(("metric",), f"there is no metric, and {why} one", allowed)
        return
    draft.note(
        ("method",),
        "there is no metric: every configuration runs and nothing is ranked; "
        f"{_EXAMPLE} or --set metric.name=val_loss ranks them",
    )


def _objectives(draft: Draft, several: list[Any]) -> None:
    """Put the objectives of a file with several metrics."""
    objectives = []
    for position, raw in enumerate(several):
        path: KeyPath = ("metrics", position)
        if isinstance(raw, dict):
            objectives.append(_converted(draft, raw, path))
        else:
            draft.add_violation(
                path, f"{raw!r} is not a mapping", "{name: val_loss, goal: minimize}"
            )
    if objectives:
        draft.put(("metric",), objectives[0], ("metrics",))
        plain = [
            {key: o[key] for key in ("name", "goal") if key in o} for o in objectives
        ]
        draft.put(("search", "objectives"), plain, ("metrics",))


def _converted(draft: Draft, raw: dict[str, Any], path: KeyPath) -> dict[str, Any]:
    """The keys of a metric that a study file knows; the others are noted."""
    converted: dict[str, Any] = {}
    for key, value in raw.items():
        if key in _IMPUTATION:
            text = (
                "has no effect: the sampler is told which trials failed or are running"
            )
            draft.note((*path, key), text)
        elif key in ("early_terminate", "parameters", "method"):
            allowed = f"{key} is a top-level key"
            draft.add_violation((*path, key), "is indented too far", allowed)
        elif key not in _METRIC:
            draft.add_violation(
                (*path, key), "is not a key of metric", one_of(_METRIC, key)
            )
        elif key != "goal":
            converted[key] = value
    return {**converted, "goal": _goal(draft, raw.get("goal"), path)}


def _goal(draft: Draft, goal: Any, path: KeyPath) -> str:
    """The goal of a metric; without one W&B minimises."""
    if goal in GOALS:
        return str(goal)
    if goal is None:
        draft.note(path, "has no goal; as in W&B it is minimized")
        return "minimize"
    hint = ""
    for allowed_goal in GOALS:
        if str(goal).lower()[:3] == allowed_goal[:3]:
            hint = f"did you mean {allowed_goal!r}? "
    draft.add_violation(
        (*path, "goal"), f"unknown value {goal!r}", f"{hint}one of: maximize, minimize"
    )
    return "minimize"
