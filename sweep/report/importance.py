"""How much of the metric's variance in the search each parameter explains.

It is worked out in a process of its own while the rest of a report is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sweep.model.domains import Constant
from sweep.report.searched import Searched
from sweep.samplers import fanova
from sweep.spec import StudySpec

FEWEST = 10  # completed configurations; fewer say nothing of several parameters
MOST = 200  # a Gaussian process takes a second for these, and eight for twice as many


@dataclass(frozen=True)
class Group:
    """Importance among the completed configurations that have certain parameters.

    Attributes:
        condition: what those configurations have in common, "" for all of them.
        runs: how many they are.
        importance: parameter → share of the variance, greatest first.
        noise: share that a made-up parameter of random numbers got.
    """

    condition: str
    runs: int
    importance: dict[str, float]
    noise: float


@dataclass(frozen=True)
class _Members:
    """A group before it is judged."""

    condition: str
    names: list[str]  # parameters that all of them have
    owners: list[str]  # those that nobody else has, which the group is shown for
    tried: Sequence[Searched]


class Importance:
    """The importance of each parameter among a search's completed configurations.

    `start` begins to work it out; `groups` waits for it.

    Args:
        spec: the study.
        tried: its completed configurations.

    Attributes:
        runs: how many those are.
        too_few: conditional parameter that too few of them have to be judged → how many do.
    """

    def __init__(self, spec: StudySpec, tried: Sequence[Searched]):
        self.runs = len(tried)
        self._members, self.too_few = _grouped(spec, tried)
        self._space = spec.search_space
        self._started: fanova.Beside | None = None

    def start(self) -> fanova.Beside:
        """Begin to work it out in another process, unless that was done before."""
        if self._started is None:
            questions = [_question(members) for members in self._members]
            self._started = fanova.Beside(self._space, questions)
        return self._started

    @property
    def groups(self) -> list[Group]:
        """Those that can be judged: first all configurations, then those of each condition."""
        answers = zip(self._members, self.start().answers(), strict=True)
        return [_group(members, shares) for members, shares in answers]


def _grouped(
    spec: StudySpec, tried: Sequence[Searched]
) -> tuple[list[_Members], dict[str, int]]:
    names = [
        name
        for name, parameter in spec.parameters.items()
        if not isinstance(parameter.domain, Constant)
    ]
    having = {name: [seen for seen in tried if name in seen.config] for name in names}
    by_numbers: dict[tuple[int, ...], list[str]] = {}
    for name in names:
        by_numbers.setdefault(tuple(seen.number for seen in having[name]), []).append(
            name
        )
    groups: list[_Members] = []
    too_few: dict[str, int] = {}
    for numbers, owners in by_numbers.items():
        if len(numbers) < FEWEST:
            too_few |= dict.fromkeys(owners, len(numbers))
            continue
        seen = having[owners[0]]
        shared = [name for name in names if all(name in one.config for one in seen)]
        if len(shared) > 1:
            condition = (
                "" if len(numbers) == len(tried) else _condition(spec, owners[0])
            )
            groups.append(_Members(condition, shared, owners, seen))
    return groups, too_few


def _condition(spec: StudySpec, name: str) -> str:
    when = spec.parameters[name].when
    return " and ".join(
        f"{parent} = {' or '.join(map(str, allowed))}"
        for parent, allowed in when.items()
    )


def _question(members: _Members) -> fanova.Question:
    step = max(1, -(-len(members.tried) // MOST))
    tried = [
        (seen.config, seen.value)
        for seen in members.tried[::step]
        if seen.value is not None
    ]
    return fanova.Question(members.names, tried)


def _group(members: _Members, shares: fanova.Shares) -> Group:
    shown = {name: share for name, share in shares.items() if name in members.owners}
    return Group(members.condition, len(members.tried), shown, shares[fanova.NOISE])
