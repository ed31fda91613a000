"""`metric` and `metrics` of a W&B sweep file."""

from __future__ import annotations

from typing import Any

from sweep.document import Path_
from sweep.errors import one_of
from sweep.spec.command import UNRANKED
from sweep.spec.wandb.draft import Draft

GOALS = ("maximize", "minimize")
_METRIC = ("name", "goal", "target")
_IMPUTATION = ("impute", "impute_while_running")
_EXAMPLE = "metric: {name: val_loss, goal: minimize}"


def metric(draft: Draft) -> None:
    """Convert `metric`, or the list `metrics` of several objectives."""
    given = draft.source.data.get("metric")
    several = draft.source.data.get("metrics")
    if given is None and isinstance(several, list):
        _objectives(draft, several)
    elif given is None:
        _none(draft)
    elif isinstance(given, dict):
        converted = _converted(draft, given, ("metric",))
        for key, value in converted.items():
            draft.put(("metric", key), value, ("metric", key))
    else:
        example = f"{{name: {given}, goal: minimize}}"
        draft.complain(("metric",), f"{given!r} is not a mapping", example)


def _none(draft: Draft) -> None:
    """A file without a metric: a grid or a random search runs all the same."""
    needs = [
        key
        for key, uses in (
            ("method", draft.source.data.get("method") == "bayes"),
            ("early_terminate", bool(draft.source.data.get("early_terminate"))),
        )
        if uses
    ]
    draft.data["metric"] = {"name": UNRANKED, "goal": "maximize"}
    if needs:
        why = f"{needs[0]} needs" if len(needs) == 1 else f"{' and '.join(needs)} need"
        allowed = f"{_EXAMPLE}, or --set metric.name=val_loss"
        draft.complain(("metric",), f"there is no metric, and {why} one", allowed)
        return
    draft.note(
        ("method",),
        "there is no metric: every configuration runs and nothing is ranked; "
        f"{_EXAMPLE} or --set metric.name=val_loss ranks them",
    )


def _objectives(draft: Draft, several: list[Any]) -> None:
    objectives = []
    for position, given in enumerate(several):
        at: Path_ = ("metrics", position)
        if isinstance(given, dict):
            objectives.append(_converted(draft, given, at))
        else:
            draft.complain(
                at, f"{given!r} is not a mapping", "{name: val_loss, goal: minimize}"
            )
    if objectives:
        draft.put(("metric",), objectives[0], ("metrics",))
        plain = [
            {key: o[key] for key in ("name", "goal") if key in o} for o in objectives
        ]
        draft.put(("search", "objectives"), plain, ("metrics",))


def _converted(draft: Draft, given: dict[str, Any], at: Path_) -> dict[str, Any]:
    converted: dict[str, Any] = {}
    for key, value in given.items():
        if key in _IMPUTATION:
            text = "failed and running trials are told to the sampler as what they are"
            draft.note((*at, key), text)
        elif key in ("early_terminate", "parameters", "method"):
            allowed = f"{key} stands at the left margin"
            draft.complain((*at, key), "is indented too far", allowed)
        elif key not in _METRIC:
            draft.complain((*at, key), "is not a key of metric", one_of(_METRIC, key))
        elif key != "goal":
            converted[key] = value
    return {**converted, "goal": _goal(draft, given.get("goal"), at)}


def _goal(draft: Draft, goal: Any, at: Path_) -> str:
    if goal in GOALS:
        return str(goal)
    if goal is None:
        draft.note(at, "has no goal; as in W&B it is minimized")
        return "minimize"
    meant = next((known for known in GOALS if str(goal).lower()[:3] == known[:3]), None)
    hint = f"did you mean {meant!r}? " if meant else ""
    draft.complain(
        (*at, "goal"), f"unknown value {goal!r}", f"{hint}one of: maximize, minimize"
    )
    return "minimize"
