"""Parameter importance: the share of the metric's variance that each parameter explains.

A separate process computes it while the rest of a report is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sweep.model.search_space import searched
from sweep.report.searched import Searched
from sweep.samplers import fanova
from sweep.spec import StudySpec

FEWEST = 10  # completed configurations; fewer say nothing about several parameters
MOST = 200  # a Gaussian process takes a second for these, and eight for twice as many


@dataclass(frozen=True)
class Group:
    """Importance among the completed configurations that have certain parameters.

    Attributes:
        condition: what those configurations have in common; "" for all configurations.
        runs: the number of those configurations.
        importance: parameter → share of the variance, greatest first.
        noise: the share of an artificial parameter with random values.
    """

    condition: str
    runs: int
    importance: dict[str, float]
    noise: float


@dataclass(frozen=True)
class _Members:
    """A group before its importance is computed."""

    condition: str
    names: list[str]  # parameters that all of these configurations have
    owners: list[str]  # parameters that no other configuration has: the ones shown
    tried: Sequence[Searched]


class Importance:
    """The importance of each parameter among a search's completed configurations.

    `start` begins the computation; `groups` waits for it.

    Args:
        spec: the study.
        tried: its completed configurations.

    Attributes:
        runs: the number of completed configurations.
        too_few: conditional parameter that too few configurations have → how many have it.
    """

    def __init__(self, spec: StudySpec, tried: Sequence[Searched]):
        self.runs = len(tried)
        self._members, self.too_few = _grouped(spec, tried)
        self._space = spec.search_space
        self._started: fanova.BackgroundShares | None = None

    def start(self) -> fanova.BackgroundShares:
        """Begin the computation in another process, unless it was begun before."""
        if self._started is None:
            questions = [_question(members) for members in self._members]
            self._started = fanova.BackgroundShares(self._space, questions)
        return self._started

    @property
    def groups(self) -> list[Group]:
        """Groups with enough configurations: first all, then those of each condition."""
        answers = zip(self._members, self.start().answers(), strict=True)
        return [_group(members, shares) for members, shares in answers]


def _grouped(
    spec: StudySpec, tried: Sequence[Searched]
) -> tuple[list[_Members], dict[str, int]]:
    """The searched parameters by the configurations that have them.

    Returns:
        The groups with enough configurations; and parameter → the number of configurations that
        have it, of the others.
    """
    names = searched(spec.parameters)
    members_of: dict[str, list[Searched]] = {}
    owners_of: dict[tuple[int, ...], list[str]] = {}
    for name in names:
        members = [each for each in tried if name in each.config]
        numbers = tuple(each.number for each in members)
        members_of[name] = members
        owners_of.setdefault(numbers, []).append(name)
    groups: list[_Members] = []
    too_few: dict[str, int] = {}
    for numbers, owners in owners_of.items():
        if len(numbers) < FEWEST:
            too_few.update(dict.fromkeys(owners, len(numbers)))
            continue
        members = members_of[owners[0]]
        shared = [name for name in names if _all_have(members, name)]
        if len(shared) > 1:
            has_all = len(numbers) == len(tried)
            condition = "" if has_all else _condition(spec, owners[0])
            groups.append(_Members(condition, shared, owners, members))
    return groups, too_few


def _all_have(members: Sequence[Searched], name: str) -> bool:
    """Whether every configuration has a parameter."""
    return all(name in configuration.config for configuration in members)


def _condition(spec: StudySpec, name: str) -> str:
    """The condition of a parameter as text: `model = cnn or vit`."""
    conditions = []
    for parent, allowed in spec.parameters[name].when.items():
        values = " or ".join(map(str, allowed))
        conditions.append(f"{parent} = {values}")
    return " and ".join(conditions)


def _question(members: _Members) -> fanova.Question:
    """The observations of a group; of very many, an evenly spaced part."""
    step = max(1, -(-len(members.tried) // MOST))
    asked = members.tried[::step]
    observations = [
        (each.config, each.value) for each in asked if each.value is not None
    ]
    return fanova.Question(members.names, observations)


def _group(members: _Members, shares: fanova.Shares) -> Group:
    """The importance of a group's own parameters, and the share that is noise."""
    shown = {name: share for name, share in shares.items() if name in members.owners}
    return Group(members.condition, len(members.tried), shown, shares[fanova.NOISE])
