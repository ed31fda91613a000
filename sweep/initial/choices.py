"""Chooses the parameters that a first study compares, tunes and sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sweep.initial.description import Parameter, TrainerDescription
from sweep.initial.source import UNKNOWN

_RATES = ("learning_rate", "lr", "base_lr", "max_lr")
_EPOCHS = ("epochs", "num_epochs", "max_epochs", "n_epochs")
# Parameters that a study seldom compares: they say how a trainer runs.
_NOT_COMPARED = (
    "schedule",
    "precision",
    "monitor",
    "monitor_goal",
    "preset",
    "weight_method",
)
_MANY = 12  # of more described parameters only the main ones are set


def active_parameters(trainer: TrainerDescription) -> list[Parameter]:
    """Return the parameters that the file sets: all known ones, or the main ones of many."""
    parameters = trainer.parameters
    described = [each for each in parameters if each.description]
    if len(parameters) <= _MANY or len(described) <= len(parameters) / 2:
        return list(parameters)
    compared = compared_parameter(trainer)
    active = []
    for each in parameters:
        is_main = each is compared or is_rate(each) or _is_epochs(each)
        if is_main or each.default is UNKNOWN:
            active.append(each)
    return active


def compared_parameter(trainer: TrainerDescription) -> Parameter | None:
    """Return the parameter to compare: the choice of a loss, else any choice, else a number."""
    candidates = [each for each in trainer.parameters if _may_be_compared(each)]
    with_choices = [each for each in candidates if each.choices]
    of_losses = [each for each in with_choices if _last(each).startswith("loss")]
    best_first: Sequence[Parameter] = [*of_losses, *with_choices, *candidates]
    return best_first[0] if best_first else None


def _may_be_compared(parameter: Parameter) -> bool:
    """Return whether a parameter has several values and is neither a rate nor epochs."""
    if is_rate(parameter) or _is_epochs(parameter):
        return False
    return _last(parameter) not in _NOT_COMPARED and len(values(parameter)) > 1


def has_rate(trainer: TrainerDescription) -> bool:
    """Return whether a trainer has a learning rate to tune."""
    return any(map(is_rate, trainer.parameters))


def is_rate(parameter: Parameter) -> bool:
    """Return whether a parameter is a learning rate, which is tuned on a logarithmic scale."""
    return _last(parameter) in _RATES


def _is_epochs(parameter: Parameter) -> bool:
    """Return whether a parameter is the number of epochs."""
    return _last(parameter) in _EPOCHS


def _last(parameter: Parameter) -> str:
    """Return `lr` for `optim.lr`."""
    return parameter.name.rpartition(".")[2]


def values(parameter: Parameter) -> tuple[Any, ...]:
    """Return the values to compare, the default first; empty if there are none."""
    if parameter.choices:
        return parameter.choices
    default = parameter.default
    if not isinstance(default, float):
        return ()
    if default == 0:
        return (0.0, 0.1)
    return (default, rounded(default * 2))


def guess(parameter: Parameter) -> Any:
    """Return a parameter's default; without one, 10 epochs, or 1 for another parameter."""
    if parameter.default is UNKNOWN:
        return 10 if _is_epochs(parameter) else 1
    if parameter.default is None and _is_epochs(parameter):
        return 10
    return parameter.default


def epochs(trainer: TrainerDescription) -> int | None:
    """Return the number of epochs of a trial, or None without a parameter `epochs`."""
    for parameter in trainer.parameters:
        if parameter.name == "epochs":
            value = guess(parameter)
            return value if isinstance(value, int) else None
    return None if trainer.parameters else 10


def rounded(number: float) -> float:
    """Return the number with three significant digits."""
    return float(f"{number:.3g}")
