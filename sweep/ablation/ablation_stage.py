"""The stage that trains every arm with every seed and fold.

Trials belong to configurations, not to arms: an arm of two designs is trained once. Seeds run in
the outer loop, so that in an interrupted study all arms have equally many runs.
`sweep.ablation.decisions` decides which arms exist. If the study asks for it, each arm is retuned
first (`sweep.ablation.retune`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sweep.ablation import decisions, looks, results, retune
from sweep.history.history import History
from sweep.model.arm import Arm
from sweep.model.events import Event, LooksPlanned, LookTaken
from sweep.model.trial import Idle, Proposal, configuration_key
from sweep.spec import StudySpec

NAME = "ablation"


def propose(history: History) -> Proposal | list[Event] | Idle:
    """The next step: new arms, a retune trial, a look, or a run of an arm.

    Raises:
        SweepError: an arm takes a value from the search, and no completed search trial has one.
    """
    decided = decisions.decide(history)
    if isinstance(decided, list):
        return decided
    tuned = retune.propose(history)
    if not isinstance(tuned, str):
        return tuned
    if decided == tuned == "done":
        due = looks.due(history)
        if due:
            return due
    run = history.derived(_MissingRuns).first()
    if run is not None:
        return run
    waits = "wait" in (decided, tuned) or looks.is_open(history)
    return "wait" if waits else "done"


class _MissingRuns:
    """A view of the history: runs of final arms that have no trial yet, in order.

    A run with a trial is not checked again while arms and looks stay the same.
    """

    def __init__(self) -> None:
        self._arms: tuple[Arm, ...] = ()
        self._spec: StudySpec | None = None
        self._plan: LooksPlanned | None = None
        self._looks: tuple[LookTaken, ...] = ()
        self._runs: list[_Run] = []  # the next one last

    def update(self, history: History) -> None:
        """Renew the runs if arms or looks changed, and drop those that have a trial."""
        same_arms = history.arms is self._arms and history.spec is self._spec
        same_looks = history.look_plan is self._plan and history.looks is self._looks
        if not (same_arms and same_looks):
            self._arms, self._spec = history.arms, history.spec
            self._plan, self._looks = history.look_plan, history.looks
            self._runs = list(_runs(history))[::-1]
        while self._runs and self._runs[-1].has_trial(history):
            self._runs.pop()

    def first(self) -> Proposal | None:
        """The next run to train; None if every run has a trial."""
        if not self._runs:
            return None
        run = self._runs[-1]
        return Proposal(NAME, run.arm.name, run.arm.config, run.seed, run.fold)


@dataclass(frozen=True)
class _Run:
    """An arm with one of the ablation's seeds and folds; `key` names its configuration."""

    arm: Arm
    key: str
    seed: int
    fold: int | None

    def has_trial(self, history: History) -> bool:
        """Whether a trial exists for this run."""
        return history.find(self.key, self.seed, self.fold) is not None


def _runs(history: History) -> Iterator[_Run]:
    """Every run of arms with a final configuration; seeds in the outer loop."""
    ready = [arm for arm in history.arms if retune.ready(history.spec, arm)]
    final = [
        (arm, configuration_key(arm.config), frozenset(looks.seeds(history, arm)))
        for arm in ready
    ]
    for seed, fold in results.pairs(history):
        for arm, key, number_of_seeds in final:
            if seed in number_of_seeds:
                yield _Run(arm, key, seed, fold)
