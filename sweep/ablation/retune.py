"""Tune each arm's nuisance parameters with the same budget, before its seeds run.

An arm's retuning is a small search over `retune.parameters` with all other values fixed. It does
not use results of the study's search or of another arm's retuning, since they would favour some
arms. Arms that differ only in tuned parameters share their trials. The best trial by the validation
metric gives the arm its values; then the arm's runs start, with the ablation's seeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sweep.history.history import History
from sweep.model.arm import Arm
from sweep.model.conditions import order
from sweep.model.domains import Constant
from sweep.model.events import ArmsDecided, Event, Notice
from sweep.model.parameters import Parameter
from sweep.model.trial import Idle, Proposal, configuration_key
from sweep.samplers import SAMPLERS
from sweep.search import any_search, suggestion
from sweep.spec import Retune, Search, StudySpec

NAME = "retune"
_MOST_RANDOM = 10  # Optuna's own number of random trials before TPE models anything


def rule(spec: StudySpec) -> Retune | None:
    """The study's section `retune`, if it has one."""
    if spec.ablation is None:
        return None
    return spec.ablation.retune


def ready(spec: StudySpec, arm: Arm) -> bool:
    """Whether an arm's configuration is final."""
    return rule(spec) is None or arm.tuned is not None


def propose(history: History) -> Proposal | list[Event] | Idle:
    """The next retune trial, for the arm with the fewest so far; or arms whose retuning is over."""
    tune = rule(history.spec)
    waiting = [arm for arm in history.arms if arm.tuned is None]
    if tune is None or not waiting:
        return "done"
    events = _tuned(history, tune, waiting)
    if events:
        return events
    for key, arm in _fewest_trials_first(history, tune, waiting):
        proposal = any_search.next_trial(
            space(history.spec, tune, arm),
            history.cohort(NAME, key),
            NAME,
            f"{arm.name}, retune",
            {"arm": arm.name, "group": key},
        )
        is_idle = isinstance(proposal, str)
        if not is_idle:
            return proposal
    return "wait"


def _fewest_trials_first(
    history: History, tune: Retune, waiting: list[Arm]
) -> list[tuple[str, Arm]]:
    """Each group of arms that share a retuning, with its first arm."""
    first_arms: dict[str, Arm] = {}
    for arm in waiting:
        key = group(history.spec, tune, arm.config)
        first_arms.setdefault(key, arm)
    # `sorted` keeps the order of the arms among groups of equally many trials.
    by_trials = sorted(first_arms, key=lambda key: len(history.cohort(NAME, key)))
    return [(key, first_arms[key]) for key in by_trials]


def planned(spec: StudySpec, arm: Arm) -> int:
    """The number of retune trials of one arm, over all seeds; 0 if it has nothing to tune."""
    tune = rule(spec)
    if tune is None or not _tunable(tune, arm):
        return 0
    arm_space = space(spec, tune, arm)
    return any_search.planned(arm_space) * len(runs(arm_space))


def runs(spec: StudySpec) -> list[tuple[int, int | None]]:
    """The seeds and folds of each tuned configuration: those of the search, in order."""
    if spec.search is None:
        return [(0, None)]
    return spec.search.pairs


def group(spec: StudySpec, tune: Retune, config: Mapping[str, Any]) -> str:
    """A key of a configuration without tuned parameters and their children.

    Arms with the same key share a retuning.
    """
    free = set(tune.parameters)
    for name in order(spec.parameters):
        if free.intersection(spec.parameters[name].when):
            free.add(name)
    kept = {name: value for name, value in config.items() if name not in free}
    return configuration_key(kept)


def space(spec: StudySpec, tune: Retune, arm: Arm) -> StudySpec:
    """The study with one arm's retuning as its search; parameters not tuned are constants."""
    study_seed = 0 if spec.search is None else spec.search.seed
    group_number = int(group(spec, tune, arm.config), 16)
    seed = suggestion.seed_for(study_seed, group_number)
    return replace(
        spec,
        parameters=_parameters(spec, tune, arm),
        early_terminate=tune.early_terminate,
        search=_search(spec, tune, seed),
    )


def _parameters(spec: StudySpec, tune: Retune, arm: Arm) -> dict[str, Parameter]:
    """The parameters of an arm's retuning, in the order of the study.

    Tuned ones, and those that exist only for a value of a tuned one, keep their domains.
    """
    free: set[str] = set()
    parameters: dict[str, Parameter] = {}
    for name in order(spec.parameters):
        parameter = spec.parameters[name]
        has_free_parent = bool(free.intersection(parameter.when))
        has_all_parents = all(parent in parameters for parent in parameter.when)
        is_tuned = name in tune.parameters and name in arm.config
        if is_tuned or (has_free_parent and has_all_parents):
            parameters[name] = parameter
            free.add(name)
        elif name in arm.config:
            constant = Constant(arm.config[name])
            parameters[name] = replace(parameter, domain=constant)
    present = [name for name in spec.parameters if name in parameters]
    return {name: parameters[name] for name in present}


def _search(spec: StudySpec, tune: Retune, seed: int) -> Search:
    """The search that tunes one arm, with the seeds and folds of the study's search."""
    sampler = SAMPLERS[tune.method]
    keys: dict[str, Any] = {"trials": tune.trials, "seed": seed}
    if spec.search is not None:
        keys |= {"seeds": spec.search.seeds, "folds": spec.search.folds}
    if "n_startup_trials" in sampler.model_fields:
        keys["n_startup_trials"] = max(min(tune.trials // 2, _MOST_RANDOM), 1)
    return sampler(**keys)


def _tunable(tune: Retune, arm: Arm) -> bool:
    """Whether an arm has a parameter to tune."""
    return any(name in arm.config for name in tune.parameters)


def _tuned(history: History, tune: Retune, waiting: list[Arm]) -> list[Event]:
    """The arms whose retuning is over, with tuned values.

    If no retune trial of an arm completed, the arm keeps its values.
    """
    spec = history.spec
    decided: list[Arm] = []
    notices: list[Event] = []
    for arm in waiting:
        if not _tunable(tune, arm):
            decided.append(replace(arm, tuned={}))
            continue
        arm_space = space(spec, tune, arm)
        trials = history.cohort(NAME, group(spec, tune, arm.config))
        if not any_search.finished(arm_space, trials):
            continue
        filled = tuple(name for name in arm.filled if name not in tune.parameters)
        best = next(iter(any_search.ranked(arm_space, trials)), None)
        if best is None:
            decided.append(replace(arm, tuned={}, filled=filled))
            notices.append(Notice(_kept(tune, arm, len(trials))))
            continue
        values = _values_of(tune, best.config)
        decided.append(replace(arm, config=best.config, tuned=values, filled=filled))
    if not decided:
        return []
    return [ArmsDecided(tuple(decided)), *notices]


def _values_of(tune: Retune, config: Mapping[str, Any]) -> dict[str, Any]:
    """The values that a configuration has for the tuned parameters."""
    return {name: config[name] for name in tune.parameters if name in config}


def _kept(tune: Retune, arm: Arm, tried: int) -> str:
    """The notice on an arm without a completed retune trial."""
    settings = _values_of(tune, arm.config).items()
    values = ", ".join(f"{name}={value}" for name, value in settings)
    return (
        f"arm {arm.name!r}: none of its {tried} retune trials completed; "
        f"it keeps the untuned values {values}"
    )
