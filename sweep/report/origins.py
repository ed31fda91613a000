"""Caveats about where arms and trials come from.

Arms may depend on earlier results or on retuning; trials may be reused or may break health rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from sweep.model.arm import Arm
from sweep.model.lineage import lineage
from sweep.model.trial import Trial, configuration_key
from sweep.report import numbers
from sweep.report.caveat import Caveat
from sweep.report.evidence import Evidence
from sweep.search import population
from sweep.spec import Retune, StudySpec


def skipped(evidence: Evidence) -> Iterator[Caveat]:
    """Arms that were not trained because of a result."""
    for arm, reason in evidence.history.skipped.items():
        yield Caveat(None, f"{arm} was not trained: {reason}")


def best_of_search(evidence: Evidence) -> Iterator[Caveat]:
    """Which search trials the arms of `top_k` repeat, and which seeds selected them."""
    repeated = [arm for arm in evidence.arms.values() if arm.origin is not None]
    spec = evidence.history.spec
    if not repeated or population.section(spec) is not None:
        return
    listed = ", ".join(f"{arm.name} that of trial {arm.origin}" for arm in repeated)
    text = f"Configurations of the search run again: {listed}{_fresh_seeds(spec)}"
    if spec.search and spec.search.objectives:
        objectives = ", ".join(objective.name for objective in spec.search.objectives)
        text += f"; the best by {spec.metric.name} alone, not by {objectives} together"
    trials = tuple(arm.origin for arm in repeated if arm.origin is not None)
    yield Caveat(None, text, trials)


def _fresh_seeds(spec: StudySpec) -> str:
    """Whether arms that a search selected have seeds that it did not use."""
    shared: set[int] = set()
    if spec.search and spec.ablation:
        shared = set(spec.search.seeds) & set(spec.ablation.seeds)
    if shared:
        return f"; seeds {sorted(shared)} also selected them, and are not fresh"
    return ", with seeds that the search did not use"


def schedules(evidence: Evidence) -> Iterator[Caveat]:
    """Arms with the schedule of a member, and how they differ from it beside the schedule."""
    history = evidence.history
    pbt = population.section(history.spec)
    arms = [arm for arm in evidence.arms.values() if arm.origin is not None]
    if pbt is None or not arms:
        return
    listed = ", ".join(f"{arm.name} that of trial {arm.origin}" for arm in arms)
    text = f"Schedules of the population trained again: {listed}{_fresh_seeds(history.spec)}"
    members = tuple(arm.origin for arm in arms if arm.origin is not None)
    yield Caveat(None, text, members)
    for arm in arms:
        member = history.trials[arm.origin or 0]
        found, own = lineage(member).config, arm.config
        names = [name for name in {**found, **own} if name not in pbt.parameters]
        differing = [name for name in names if found.get(name) != own.get(name)]
        if differing:
            text = (
                f"{arm.name}: its schedule was found with {_settings(found, differing)} (trial "
                f"{member.number}), and the arm has {_settings(own, differing)}"
            )
            yield Caveat(arm.name, text, (member.number,))


def _settings(config: Mapping[str, Any], names: Sequence[str]) -> str:
    """`loss ce, no gamma`."""
    words = []
    for name in names:
        has = name in config
        words.append(
            f"{name} {numbers.value_text(config[name])}" if has else f"no {name}"
        )
    return ", ".join(words)


def nuisances(evidence: Evidence) -> Iterator[Caveat]:
    """Whether nuisance parameters were tuned for each arm, and to which values.

    A fair comparison tunes them for each arm.
    """
    spec = evidence.history.spec
    if not evidence.arms:
        return
    rule = spec.ablation.retune if spec.ablation is not None else None
    if rule is not None:
        yield from _retuned(evidence, rule)
    tuned = () if rule is None else rule.parameters
    untuned = []
    for name, parameter in spec.parameters.items():
        if parameter.role == "nuisance" and name not in tuned:
            untuned.append(name)
    if untuned:
        yield Caveat(
            None,
            f"Nuisance parameters ({', '.join(untuned)}) were not retuned for each arm: "
            "an arm may look worse only because these settings favour another arm",
        )


def _retuned(evidence: Evidence, rule: Retune) -> Iterator[Caveat]:
    """The caveat that arms were retuned, with what each chose."""
    spec, trials = evidence.history.spec, evidence.history.stage("retune")
    how = rule.method
    if rule.early_terminate.type != "none":
        how += f", some stopped early by {rule.early_terminate.type}"
    tuned = ", ".join(rule.parameters)
    values = "; ".join(
        f"{arm.name} {_values(arm, rule)}" for arm in evidence.arms.values()
    )
    text = (
        f"Retuned for each arm before its seeds were run, by {spec.metric.name}: "
        f"{tuned}, {rule.trials} trials each ({how})"
    )
    yield Caveat(None, f"{text}: {values}", tuple(trial.number for trial in trials))
    yield Caveat(
        None,
        "Each arm was retuned once: no interval or p-value here includes the variation of the "
        "tuned values between retunings",
    )
    compared = set(spec.ablation.seeds) if spec.ablation is not None else set()
    if shared := sorted(compared & {trial.seed for trial in trials}):
        yield Caveat(
            None,
            f"Seeds {shared} were used to retune and to compare: every arm profits"
            " from them equally",
        )


def _values(arm: Arm, rule: Retune) -> str:
    """The retuned values of an arm, or why it has none."""
    if arm.tuned:
        return ", ".join(
            f"{name}={numbers.value_text(value)}" for name, value in arm.tuned.items()
        )
    if arm.tuned is None:
        return "not yet"
    present = [name for name in rule.parameters if name in arm.config]
    if not present:
        return "has none of them"
    values = ", ".join(
        f"{name}={numbers.value_text(arm.config[name])}" for name in present
    )
    return f"{values} untuned: no trial completed"


def chosen_path(evidence: Evidence) -> Iterator[Caveat]:
    """Arms of a path, which were selected by their mean on the same seeds they are shown with."""
    text = (
        "kept by the path for its mean on these seeds, so that its value is optimistic"
    )
    for arm in evidence.arms.values():
        if arm.design == "path" and arm.step:
            trials = tuple(int(number) for number in evidence.runs(arm.name)["trial"])
            yield Caveat(
                arm.name, f"{arm.name}: {text}", trials, f"{text} ({{trials}})"
            )


def reused(evidence: Evidence) -> Iterator[Caveat]:
    """Runs that another study made."""
    for arm in evidence.arms:
        by_study: dict[str, list[Trial]] = defaultdict(list)
        for number in evidence.runs(arm)["trial"]:
            trial = evidence.history.trials[int(number)]
            if trial.reused:
                by_study[trial.attributes["reused"]["study"]].append(trial)
        for study, trials in by_study.items():
            copies = tuple(trial.number for trial in trials)
            originals = [trial.attributes["reused"]["trial"] for trial in trials]
            source = f"study {study} ({numbers.trial_list(originals)} there)"
            same = "same trainer, code, versions, configuration, seed and fold"
            yield Caveat(
                arm,
                f"{arm}: {numbers.trial_list(copies)} reused from {source}: {same}",
                copies,
                f"{{trials}} reused from study {study}: {same}",
            )


def unhealthy(evidence: Evidence) -> Iterator[Caveat]:
    """Runs that broke a health rule of the study file."""
    spec = evidence.history.spec
    if not spec.health.rules:
        return
    by_configuration: dict[str, dict[str, list[int]]] = {}
    for trial in evidence.history.stage("ablation"):
        for finding in spec.health.findings(trial, spec.metric.goal):
            key = configuration_key(trial.config)
            by_rule = by_configuration.setdefault(key, {})
            by_rule.setdefault(finding.rule, []).append(trial.number)
    for arm in evidence.every_arm.values():
        by_rule = by_configuration.get(configuration_key(arm.config), {})
        if not by_rule:
            continue
        listed = "; ".join(
            f"{rule} by {numbers.trial_list(trials)}"
            for rule, trials in by_rule.items()
        )
        yield Caveat(
            arm.name,
            f"{arm.name}: health rules broken: {listed}",
            tuple(sorted(set(chain.from_iterable(by_rule.values())))),
            f"health rules broken ({', '.join(by_rule)}) by {{trials}}",
        )


CHECKS: tuple[Callable[[Evidence], Iterator[Caveat]], ...] = (
    skipped,
    best_of_search,
    schedules,
    nuisances,
    chosen_path,
    reused,
    unhealthy,
)
