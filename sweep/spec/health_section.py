"""`health:` of a study file: when a milestone is due, and checks of the rules."""

from __future__ import annotations

import math

from sweep.model.parameters import Constant, Parameters
from sweep.spec.messages import Complain, show
from sweep.spec.schema import Health, HealthRule
from sweep.yaml_file import Path_


def due(moment: str, epochs: int | None) -> int | None:
    """Number of epochs after which a milestone is due; None if it is a fraction and the budget is
    not known.

    Args:
        moment: a whole number of epochs (`"10"`), or a fraction of the budget (`"0.04"`), rounded
            up.
        epochs: the trial's budget.

    Raises:
        ValueError: `moment` is neither.
    """
    try:
        whole = int(moment)
    except ValueError:
        fraction = float(moment)
        if not 0 < fraction <= 1:
            raise ValueError(f"{moment} is not in (0, 1]") from None
        return None if epochs is None else max(math.ceil(round(fraction * epochs, 9)), 1)
    if whole < 1:
        raise ValueError(f"{moment} is below 1")
    return whole


def rules(health: Health) -> dict[str, HealthRule]:
    """The rules that are given, by name."""
    found = {name: getattr(health, name) for name in Health.model_fields}
    return {name: rule for name, rule in found.items() if rule is not None}


def metrics(health: Health) -> list[tuple[Path_, str]]:
    """The metrics that the rules name, each with its place."""
    keys = ("metric", "train", "val")
    return [
        (("health", name, key), getattr(rule, key))
        for name, rule in rules(health).items()
        for key in keys
        if hasattr(rule, key)
    ]


def check(health: Health, parameters: Parameters, complain: Complain) -> None:
    """Milestones against the trial's budget."""
    if health.milestones is None:
        return
    domain = parameters["epochs"].domain if "epochs" in parameters else None
    epochs = (
        domain.value if isinstance(domain, Constant) and isinstance(domain.value, int) else None
    )
    for moment in health.milestones.at:
        at: Path_ = ("health", "milestones", "at", moment)
        try:
            after = due(moment, epochs)
        except ValueError:
            allowed = "a fraction of the epochs such as 0.2, or a whole number of epochs"
            complain(at, f"{show(moment)} is no moment of a trial", allowed)
            continue
        if after is None and domain is None:
            complain(
                at,
                f"{moment} of how many epochs? There is no parameter epochs",
                "a whole number of epochs",
            )
        elif after is not None and epochs is not None and after > epochs:
            complain(
                at, f"{after} is more than the {epochs} epochs of a trial", f"at most {epochs}"
            )
