"""Checks of `early_terminate` against its own type, the parameters and the search."""

from __future__ import annotations

from sweep.model.parameters import Constant, Parameters
from sweep.spec.early_terminate import KEYS, PATIENT_WITH, EarlyTerminate
from sweep.spec.messages import Complain
from sweep.yaml_file import Path_


def check(
    rule: EarlyTerminate, runs: int, parameters: Parameters, at: Path_, complain: Complain
) -> None:
    """Everything a rule says, and what `patient` wraps.

    Args:
        rule: as the file has it.
        runs: seeds times folds that a configuration is trained with.
        parameters: of the study.
        at: the rule's key.
        complain: hears each fault.
    """
    _means_something(rule, at, complain)
    if rule.s is not None and rule.max_iter is None:
        complain(
            (*at, "s"),
            "counts brackets back from max_iter, which is not given",
            "max_iter, or min_iter alone",
        )
    if rule.type == "wilcoxon":
        _enough_runs(rule, runs, at, complain)
    elif rule.type not in (
        "none",
        "hyperband",
    ):  # hyperband counts reports, and there may be several an epoch
        _within_the_epochs(rule, parameters, at, complain)
    if rule.rule is not None:
        if rule.rule.type in PATIENT_WITH:
            check(rule.rule, runs, parameters, (*at, "rule"), complain)
        else:
            allowed = f"one of: {', '.join(PATIENT_WITH)}; or no rule, and patience alone decides"
            complain((*at, "rule", "type"), f"{rule.rule.type} cannot be asked by patient", allowed)


def _means_something(rule: EarlyTerminate, at: Path_, complain: Complain) -> None:
    if rule.type == "none":
        return
    known = KEYS[rule.type]
    for key in EarlyTerminate.model_fields:
        if key in rule.model_fields_set and key != "type" and key not in known:
            users = [name for name, keys in KEYS.items() if key in keys]
            complain((*at, key), f"means nothing to {rule.type}", f"type: {' or '.join(users)}")


def _within_the_epochs(
    rule: EarlyTerminate, parameters: Parameters, at: Path_, complain: Complain
) -> None:
    domain = parameters["epochs"].domain if "epochs" in parameters else None
    if not isinstance(domain, Constant) or not isinstance(domain.value, int) or domain.value < 1:
        return
    epochs = domain.value
    for key, given in (("min_iter", rule.min_iter), ("max_iter", rule.max_iter)):
        if given is not None and given > epochs:
            complain(
                (*at, key),
                f"{given} is more than the {epochs} epochs of a trial",
                f"at most {epochs}",
            )
    if rule.max_iter is not None and rule.max_iter < rule.min_iter and rule.s is None:
        complain(
            (*at, "max_iter"), f"{rule.max_iter} is below min_iter", f"at least {rule.min_iter}"
        )
    if rule.patience is not None and rule.patience + 2 >= epochs:
        problem = f"{rule.patience} can stop nothing: it looks from the {rule.patience + 2}th of {epochs} epochs on"
        complain(
            (*at, "patience"), problem, f"at most {epochs - 3}" if epochs >= 3 else "more epochs"
        )


def _enough_runs(rule: EarlyTerminate, runs: int, at: Path_, complain: Complain) -> None:
    """After the last run there is nothing left to save."""
    needed = rule.runs_needed
    if runs <= needed:
        p_value = f"p below {rule.p_threshold:g}"
        problem = f"can stop nothing: {p_value} takes {needed} runs of a configuration, of its {runs}"
        complain((*at, "type"), problem, f"search.folds: {needed + 1}, or so many search.seeds")
