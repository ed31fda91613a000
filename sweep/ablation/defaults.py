"""Values for parameters that the study file leaves open in an arm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sweep.ablation import designs, retune
from sweep.errors import SweepError
from sweep.history.history import History
from sweep.model.distributions import typical
from sweep.model.lineage import current_config, has_copied
from sweep.model.trial import State, Trial
from sweep.search import joint_search, search_stage
from sweep.spec.completion import Fill


def needs_search(history: History) -> bool:
    """Whether an arm leaves a parameter open that only the search can fill in."""
    rule = retune.rule(history.spec)
    tuned = () if rule is None else rule.parameters
    return history.spec.search is not None and any(
        n not in tuned for n in designs.open_parameters(history.spec)
    )


def filler(history: History) -> Fill:
    """A function that returns the value of an open parameter.

    It is the search's value, or, if the arm will tune the parameter, the middle of its domain. The
    function raises `SweepError` if no completed search trial has the parameter.
    """
    ranked = [_as_trained(trial) for trial in joint_search.ranking(history)]
    rule = retune.rule(history.spec)

    def fill(name: str, stated: Mapping[str, Any]) -> Any:
        if rule is not None and name in rule.parameters:
            return typical(history.spec.parameters[name].domain)
        return source(history, ranked, name, stated).config[name]

    return fill


def _as_trained(trial: Trial) -> Trial:
    """A member of a population with the configuration that its weights were trained with."""
    return replace(trial, config=current_config(trial)) if has_copied(trial) else trial


def source(
    history: History, ranked: list[Trial], name: str, stated: Mapping[str, Any]
) -> Trial:
    """The search trial that gives an open parameter its value.

    A nuisance parameter comes from the best trial of all, which is the same for every arm, so that
    no arm is tuned better than another. A scientific one comes from the best trial that agrees with
    the arm, else from the best trial that has the parameter.

    Raises:
        SweepError: no completed search trial has the parameter.
    """
    having = [trial for trial in ranked if name in trial.config]
    if not having:
        raise SweepError(
            f"the search completed no trial with a value of {name!r}, which an arm "
            f"leaves open{_failures(history)}; give it a value in "
            "ablation.baseline, or search longer"
        )
    if history.spec.parameters[name].role == "nuisance":
        return having[0]
    agreeing = [
        t
        for t in having
        if all(t.config.get(key) == value for key, value in stated.items())
    ]
    return (agreeing or having)[0]


def _failures(history: History) -> str:
    """The failed search trials in words, as a possible reason."""
    failed = [
        trial
        for trial in history.cohort(search_stage.NAME)
        if trial.state is State.FAILED
    ]
    return (
        f" ({len(failed)} of its trials failed, the first one of: {failed[0].reason})"
        if failed
        else ""
    )
