"""Floor 6: the stage that trains every arm with every seed and fold.

Trials belong to configurations, not to arms: arms that two designs share are trained once. Seeds run in the outer loop,
so that an interrupted study has every arm equally often.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sweep import designs, search
from sweep.designs import Arm
from sweep.errors import SweepError
from sweep.history import History
from sweep.log import Event
from sweep.trial import Idle, Proposal, Trial, configuration_key

NAME = "ablation"


def propose(history: History) -> Proposal | list[Event] | Idle:
    """The next run of an arm; the arms are decided once, when the search they take values from is over.

    Raises:
        SweepError: an arm takes a value from the search, and no completed search trial has one.
    """
    ablation = history.spec.ablation
    if ablation is None:
        return "done"
    if not history.arms:
        if history.spec.search is not None and designs.open_parameters(history.spec) and not search.over(history):
            return "wait"
        return [{"event": "arms_decided", "arms": [asdict(arm) for arm in decide(history)]}]
    for seed in ablation.seeds:
        for fold in folds(ablation.folds):
            for arm in history.arms:
                if history.find(configuration_key(arm.config), seed, fold) is None:
                    return Proposal(NAME, arm.name, arm.config, seed, fold)
    return "done"


def folds(number: int | None) -> list[int | None]:
    """Fold indices to train, `[None]` without cross-validation."""
    return [None] if number is None else list(range(number))


def decide(history: History) -> tuple[Arm, ...]:
    """The arms, with what the study file leaves open taken from the best search trials."""
    ranked = search.ranking(history)

    def fill(name: str, stated: Mapping[str, Any]) -> Any:
        return source(history, ranked, name, stated).config[name]

    return designs.arms(history.spec, fill)


def source(history: History, ranked: list[Trial], name: str, stated: Mapping[str, Any]) -> Trial:
    """The search trial that an open parameter is taken from.

    A nuisance parameter comes from the best trial of all, the same for every arm, so that no arm is better tuned than
    another. A scientific one comes from the best trial that agrees with what the arm states, else the best that has it.
    """
    having = [trial for trial in ranked if name in trial.config]
    if not having:
        raise SweepError(
            f"the search completed no trial that has {name!r}, which an arm leaves open; "
            f"give it a value in ablation.baseline, or search longer"
        )
    if history.spec.parameters[name].role == "nuisance":
        return having[0]
    agreeing = [t for t in having if all(t.config.get(key) == value for key, value in stated.items())]
    return (agreeing or having)[0]
