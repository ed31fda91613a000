"""Checks of `search.objectives`."""

from __future__ import annotations

from sweep.samplers import SAMPLERS, Search
from sweep.spec.messages import Complain
from sweep.stopping import StoppingRule


def check(search: Search, rule: StoppingRule, complain: Complain) -> None:
    """Objectives among themselves, and against the method and the rule that stops trials."""
    objectives = search.objectives
    if not objectives:
        return
    at = ("search", "objectives")
    if len(objectives) < 2:
        problem = f"{objectives[0].name} alone is no compromise"
        complain(at, problem, "two or more; a single one is metric: {…}")
    names = [objective.name for objective in objectives]
    for i, name in enumerate(names):
        key = (*at, i, "name")
        if name in names[:i]:
            complain(key, f"{name} is listed twice", "each metric once")
        if name.startswith("test"):
            complain(
                key, f"{name} would choose by test data", "a metric on validation data"
            )
    if not search.several_objectives:
        problem = f"{search.method} optimises one metric"
        complain(("search", "method"), problem, f"one of: {', '.join(suitable())}")
    if rule.type != "none":
        compares = f"{rule.type} compares by one metric"
        problem = f"{compares}; what is poor by it may be among the best compromises"
        allowed = "type: none; health: milestones can stop what has gone wrong"
        complain(("early_terminate", "type"), problem, allowed)


def suitable() -> list[str]:
    """Methods that several objectives suit; first the one that is made for them."""
    names = [name for name, sampler in SAMPLERS.items() if sampler.several_objectives]
    return sorted(names, key=lambda name: name != "nsga2")
