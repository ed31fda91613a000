"""The stage that trains every arm with every seed and fold.

Trials belong to configurations, not to arms: arms that two designs share are trained once. Seeds
run in the outer loop, so that an interrupted study has every arm equally often. Which arms there
are is for `sweep.ablation.decisions`, and each is retuned first where the study asks for it
(`sweep.ablation.retune`).
"""

from __future__ import annotations

from sweep.ablation import decisions, results, retune
from sweep.history.history import History
from sweep.log.event_log import Event
from sweep.model.trial import Idle, Proposal, configuration_key

NAME = "ablation"


def propose(history: History) -> Proposal | list[Event] | Idle:
    """Arms to decide on, a trial that retunes one, or the next run of one whose configuration is
    final.

    Raises:
        SweepError: an arm takes a value from the search, and no completed search trial has one.
    """
    decided = decisions.decide(history)
    if isinstance(decided, list):
        return decided
    tuned = retune.propose(history)
    if not isinstance(tuned, str):
        return tuned
    if (run := _missing(history)) is not None:
        return run
    return "wait" if "wait" in (decided, tuned) else "done"


def _missing(history: History) -> Proposal | None:
    """The first run without a trial.

    One that has its trial is not looked at again while the arms stay as they are.
    """
    memory = history.cohort(NAME).memory
    arms, spec, runs = memory.get("missing") or (None, None, None)
    if arms is not history.arms or spec is not history.spec:
        final = [
            (configuration_key(arm.config), arm)
            for arm in history.arms
            if retune.ready(history.spec, arm)
        ]
        runs = [
            (key, arm, seed, fold) for seed, fold in results.pairs(history) for key, arm in final
        ][::-1]
        memory["missing"] = (history.arms, history.spec, runs)
    while runs:
        key, arm, seed, fold = runs[-1]
        if history.find(key, seed, fold) is None:
            return Proposal(NAME, arm.name, arm.config, seed, fold)
        runs.pop()
    return None
