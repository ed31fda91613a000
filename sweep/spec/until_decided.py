"""Checks of a study that adds seeds until its arms are decided.

The number of arms is fixed before the first result, and an arm is judged from one run per seed. So
folds, and designs that need all seeds of an arm first, are refused.
"""

from __future__ import annotations

from sweep.document import KeyPath
from sweep.spec.arms import stated_in
from sweep.spec.messages import AddViolation
from sweep.spec.schema import Ablation


def check(ablation: Ablation, add_violation: AddViolation) -> None:
    """Report what cannot be combined with `until: decided`."""
    if ablation.until_decided is None:
        return
    designs = ablation.designs
    unfit: dict[KeyPath, str] = {}
    if ablation.folds is not None:
        unfit["folds",] = "folds share their data, and a look needs independent seeds"
    if designs.path is not None:
        unfit["designs", "path"] = "a step of a path compares arms over all seeds"
    if designs.factorial:
        unfit["designs", "factorial"] = "its analysis needs every cell with every seed"
    if designs.shapley:
        unfit["designs", "shapley"] = (
            "a Shapley value needs every subset with every seed"
        )
    for name, stated in designs.arms.items():
        if stated_in(stated)[1] is not None:
            problem = (
                "the number of arms is fixed before the first result, but a result "
                "decides whether this arm is trained"
            )
            unfit["designs", "arms", name, "when"] = problem
    for path, problem in unfit.items():
        add_violation(
            ("ablation", *path),
            problem,
            "ablation.seeds: [0, 1, 2, …], or leave it out",
        )
