"""Checks of `search.objectives`."""

from __future__ import annotations

from sweep.spec.early_terminate import EarlyTerminate
from sweep.spec.messages import Complain
from sweep.spec.search_section import Search

MANY = (
    "nsga2",
    "tpe",
    "gp",
    "qmc",
    "random",
    "grid",
    "brute_force",
)  # methods that several objectives suit


def check(search: Search, rule: EarlyTerminate, complain: Complain) -> None:
    """Objectives among themselves, and against the method and the rule that stops trials."""
    found = search.objectives
    at = ("search", "objectives")
    if search.population is not None and search.method != "nsga2":
        complain(("search", "population"), f"means nothing to {search.method}", "method: nsga2")
    if search.population is not None and search.population >= search.trials:
        problem = f"{search.population} is the first generation, which is random, and the search ends with it"
        complain(("search", "population"), problem, f"below {search.trials}, a quarter of it or so")
    if not found:
        if search.method == "nsga2":
            allowed = (
                "objectives: [{name: …, goal: maximize}, {name: …, goal: minimize}], or method: tpe"
            )
            complain(
                ("search", "method"),
                "nsga2 looks for the best compromises, and there are no objectives",
                allowed,
            )
        return
    if len(found) < 2:
        complain(
            at,
            f"{found[0].name} alone is no compromise",
            "two or more; a single one is metric: {…}",
        )
    names = [objective.name for objective in found]
    for i, name in enumerate(names):
        if name in names[:i]:
            complain((*at, i, "name"), f"{name} is listed twice", "each metric once")
        if name.startswith("test"):
            complain(
                (*at, i, "name"), f"{name} would choose by test data", "a metric on validation data"
            )
    if search.method not in MANY:
        complain(
            ("search", "method"),
            f"{search.method} optimises one metric",
            f"one of: {', '.join(MANY)}",
        )
    if rule.type != "none":
        problem = f"{rule.type} compares by one metric; what is poor by it may be among the best compromises"
        complain(
            ("early_terminate", "type"),
            problem,
            "type: none; health: milestones can stop what has gone wrong",
        )
