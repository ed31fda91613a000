"""The part of a study that a sampler needs: the parameters, and what is optimised."""

from __future__ import annotations

from dataclasses import dataclass

from sweep.model.conditions import order
from sweep.model.domains import Constant, values
from sweep.model.equality import among
from sweep.model.parameters import Parameter, Parameters
from sweep.model.trial import Goal, Select


@dataclass(frozen=True)
class SearchSpace:
    """The searched parameters and the objective.

    Attributes:
        parameters: name → domain, condition and role, in file order.
        metric: the study's metric.
        goal: whether that metric is maximized or minimized.
        select: the epoch at which a trial's value is read.
        objectives: the goal of each of several objectives; empty: the study's metric is the only
            one.
    """

    parameters: Parameters
    metric: str
    goal: Goal
    select: Select = "best"
    objectives: tuple[Goal, ...] = ()

    @property
    def goals(self) -> list[Goal]:
        """The goal of each objective; without objectives, that of the study's metric."""
        return list(self.objectives) or [self.goal]


def searched(parameters: Parameters) -> list[str]:
    """Names of the parameters that have more than one value, in file order."""
    return [
        name
        for name, parameter in parameters.items()
        if not isinstance(parameter.domain, Constant)
    ]


def unconditional(parameters: Parameters) -> tuple[str, ...]:
    """Names of the parameters that exist in every configuration, in file order."""
    always: dict[str, Parameter] = {}
    for name in order(parameters):
        if _holds_always(parameters[name], always):
            always[name] = parameters[name]
    return tuple(name for name in parameters if name in always)


def _holds_always(parameter: Parameter, always: Parameters) -> bool:
    """Whether a parameter's condition holds, whatever its parents' values are."""
    for parent, allowed in parameter.when.items():
        if parent not in always:
            return False
        possible = values(always[parent].domain) or (None,)
        if not all(among(value, allowed) for value in possible):
            return False
    return True
