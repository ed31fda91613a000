"""A note on parameters that arms leave to the search, each with a value of its own."""

from __future__ import annotations

from collections.abc import Sequence

from sweep.model.parameters import Parameters
from sweep.spec.arms import DeclaredArm, open_in
from sweep.spec.sampling import Note
from sweep.spec.schema import Ablation


def note(
    ablation: Ablation, parameters: Parameters, arms: Sequence[DeclaredArm], add: Note
) -> None:
    """Say which parameters may differ between an arm and its reference beside its changes.

    A nuisance parameter has one value in all arms, a retuned one is tuned for each, and every arm
    is trained on each task; all of these are compared fairly. Any other parameter comes from the
    best search trial that agrees with the arm.
    """
    tuned = ablation.retune.parameters if ablation.retune is not None else ()
    left_open = {arm.name: open_in(parameters, arm.given) for arm in arms}
    shared = [
        name
        for arm in arms
        if arm.reference is not None
        for name in left_open[arm.name]
        if name in left_open[arm.reference]
    ]
    for name in dict.fromkeys(shared):
        if parameters[name].role not in ("nuisance", "task") and name not in tuned:
            text = (
                f"no arm sets {name}: each takes it from the best search trial that agrees with "
                f"it, so that arms may differ in {name} as well; write role: nuisance at {name} "
                f"for one value in all arms, or a value here"
            )
            add(("ablation", "baseline"), text)
