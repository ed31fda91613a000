"""Caveats of where arms and trials come from: results that decided on arms, retuning,
reuse, health rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

from sweep.model.arm import Arm
from sweep.model.trial import Trial, configuration_key
from sweep.report import numbers
from sweep.report.caveat import Caveat
from sweep.report.evidence import Evidence
from sweep.spec import Retune


def skipped(evidence: Evidence) -> Iterator[Caveat]:
    """Arms that were not trained because of a result."""
    for arm, reason in evidence.history.skipped.items():
        yield Caveat(None, f"{arm} was not trained: {reason}")


def best_of_search(evidence: Evidence) -> Iterator[Caveat]:
    """Which search trials the arms of `top_k` repeat, and seeds that chose them."""
    again = [arm for arm in evidence.arms.values() if arm.origin is not None]
    if not again:
        return
    said = ", ".join(f"{arm.name} that of trial {arm.origin}" for arm in again)
    trials = tuple(arm.origin for arm in again if arm.origin is not None)
    spec = evidence.history.spec
    chose = (
        set(spec.search.seeds) & set(spec.ablation.seeds)
        if spec.search and spec.ablation
        else set()
    )
    luck = (
        f"; seeds {sorted(chose)} also chose them, and are not fresh"
        if chose
        else ", with seeds it has not seen"
    )
    several = ", ".join(o.name for o in spec.search.objectives) if spec.search else ""
    alone = (
        f"; the best by {spec.metric.name} alone, not by {several} together"
        if several
        else ""
    )
    yield Caveat(
        None, f"Configurations of the search run again: {said}{luck}{alone}", trials
    )


def nuisances(evidence: Evidence) -> Iterator[Caveat]:
    """Whether nuisance parameters were tuned for each arm, which a fair comparison
    needs, and to which values.
    """
    spec = evidence.history.spec
    if not evidence.arms:
        return
    rule = spec.ablation.retune if spec.ablation is not None else None
    if rule is not None:
        yield from _retuned(evidence, rule)
    tuned = () if rule is None else rule.parameters
    left = [
        name
        for name, p in spec.parameters.items()
        if p.role == "nuisance" and name not in tuned
    ]
    if left:
        yield Caveat(
            None,
            f"Nuisance parameters ({', '.join(left)}) were not retuned for each arm: "
            "an arm may look worse only because they suit another one better",
        )


def _retuned(evidence: Evidence, rule: Retune) -> Iterator[Caveat]:
    spec, trials = evidence.history.spec, evidence.history.stage("retune")
    budget = f"{rule.trials} trials each ({rule.method}"
    stopped = rule.early_terminate.type
    budget += f", some stopped early by {stopped})" if stopped != "none" else ")"
    values = "; ".join(
        f"{arm.name} {_values(arm, rule)}" for arm in evidence.arms.values()
    )
    tuned = ", ".join(rule.parameters)
    how = f"by {spec.metric.name}: {tuned}, {budget}"
    text = f"Retuned for each arm before its seeds were run, {how}"
    yield Caveat(None, f"{text}: {values}", tuple(trial.number for trial in trials))
    fresh = set(spec.ablation.seeds) if spec.ablation is not None else set()
    yield Caveat(
        None,
        "Each arm was retuned once: how its tuned values would vary if it were retuned is in no "
        "interval and no p-value here",
    )
    if both := sorted(fresh & {trial.seed for trial in trials}):
        yield Caveat(
            None,
            f"Seeds {both} were used to retune, and to compare: every arm has profited"
            " from them alike",
        )


def _values(arm: Arm, rule: Retune) -> str:
    if arm.tuned:
        return ", ".join(f"{name}={_shown(value)}" for name, value in arm.tuned.items())
    if arm.tuned is None:
        return "not yet"
    kept = [
        f"{name}={_shown(arm.config[name])}"
        for name in rule.parameters
        if name in arm.config
    ]
    return (
        f"{', '.join(kept)} untuned: no trial completed" if kept else "has none of them"
    )


def _shown(value: object) -> str:
    return numbers.plain(value) if isinstance(value, float) else str(value)


def chosen_path(evidence: Evidence) -> Iterator[Caveat]:
    """Arms of a path, which were kept for their mean on the very seeds they are shown with."""
    kept = [
        arm.name for arm in evidence.arms.values() if arm.design == "path" and arm.step
    ]
    for name in kept:
        text = "kept by the path for its mean on these seeds, so that its value is optimistic"
        trials = tuple(int(number) for number in evidence.runs(name)["trial"])
        yield Caveat(name, f"{name}: {text}", trials, f"{text} ({{trials}})")


def reused(evidence: Evidence) -> Iterator[Caveat]:
    """Runs that another study made."""
    for arm in evidence.arms:
        by_study: dict[str, list[Trial]] = defaultdict(list)
        for number in evidence.runs(arm)["trial"]:
            trial = evidence.history.trials[int(number)]
            if trial.reused:
                by_study[trial.attributes["reused"]["study"]].append(trial)
        for study, trials in by_study.items():
            own = tuple(trial.number for trial in trials)
            theirs = [trial.attributes["reused"]["trial"] for trial in trials]
            same = "same trainer, code, versions, configuration, seed and fold"
            there = f"({numbers.trial_list(theirs)} there)"
            yield Caveat(
                arm,
                f"{arm}: {numbers.trial_list(own)} reused from study {study} {there}: {same}",
                own,
                f"{{trials}} reused from study {study}: {same}",
            )


def unhealthy(evidence: Evidence) -> Iterator[Caveat]:
    """Runs that broke a health rule of the study file."""
    spec = evidence.history.spec
    if not spec.health.rules:
        return
    by_configuration: dict[str, dict[str, list[int]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for trial in evidence.history.stage("ablation"):
        for finding in spec.health.findings(trial, spec.metric.goal):
            by_configuration[configuration_key(trial.config)][finding.rule].append(
                trial.number
            )
    for arm in evidence.every_arm.values():
        if broken := by_configuration.get(configuration_key(arm.config)):
            said = "; ".join(
                f"{rule} by {numbers.trial_list(trials)}"
                for rule, trials in broken.items()
            )
            trials = tuple(
                sorted({number for trials in broken.values() for number in trials})
            )
            gist = f"health rules broken ({', '.join(broken)}) by {{trials}}"
            yield Caveat(
                arm.name, f"{arm.name}: health rules broken: {said}", trials, gist
            )


CHECKS: tuple[Callable[[Evidence], Iterator[Caveat]], ...] = (
    skipped,
    best_of_search,
    nuisances,
    chosen_path,
    reused,
    unhealthy,
)
