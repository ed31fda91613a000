"""Checks of `search.objectives`."""

from __future__ import annotations

from sweep.samplers import SAMPLERS, Search
from sweep.spec.messages import AddViolation
from sweep.stopping import StoppingRule


def check(search: Search, rule: StoppingRule, add_violation: AddViolation) -> None:
    """Check the objectives, the search method, and the early-stopping rule together."""
    objectives = search.objectives
    if not objectives:
        return
    path = ("search", "objectives")
    if len(objectives) < 2:
        problem = f"{objectives[0].name} is the only objective"
        add_violation(path, problem, "two or more; a single one is metric: {…}")
    names = [objective.name for objective in objectives]
    for i, name in enumerate(names):
        key = (*path, i, "name")
        if name in names[:i]:
            add_violation(key, f"{name} is listed twice", "each metric once")
        if name.startswith("test"):
            add_violation(
                key,
                f"{name} is measured on test data, which must not choose "
                "configurations",
                "a metric on validation data",
            )
    if not search.several_objectives:
        problem = f"{search.method} optimises one metric"
        add_violation(("search", "method"), problem, f"one of: {', '.join(suitable())}")
    if rule.type != "none":
        problem = (
            f"{rule.type} compares trials by one metric; a trial that is poor by it may"
            " still be Pareto-optimal"
        )
        allowed = "type: none; health: milestones can stop failing trials"
        add_violation(("early_terminate", "type"), problem, allowed)


def suitable() -> list[str]:
    """Methods that optimise several objectives, the multi-objective nsga2 first."""
    names = [name for name, sampler in SAMPLERS.items() if sampler.several_objectives]
    return sorted(names, key=lambda name: name != "nsga2")
