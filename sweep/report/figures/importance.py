"""Parameter importance: how much of what the search saw each parameter explains."""

from __future__ import annotations

import random
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sweep.parameters import Constant
from sweep.report.evidence import Evidence
from sweep.report.figures.style import BLUE, GREY, Drawing, canvas, label, styled
from sweep.report.searched import Searched
from sweep.samplers import Observation, replayed

FEWEST = 10  # completed configurations; a forest grown on fewer explains its own noise
MOST = 200  # fANOVA takes seconds for this many and minutes for more
TREES = 32
_NOISE = "\0noise"  # no study file can name a parameter so


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


@styled
def importance(evidence: Evidence) -> Drawing | None:
    """Shares of the variance by fANOVA; None with fewer than ten completed configurations or one parameter.

    Parameters that every configuration has are judged among all. A conditional parameter is judged among the
    configurations that have it, beside everything those share, and shown in a panel of its own.
    """
    tried = [seen for seen in evidence.searched if seen.value is not None]
    groups, too_few = measure(evidence, tried)
    if not groups:
        return None
    rows = [len(group.importance) for group in groups]
    figure = canvas(0.45 + sum(0.42 + 0.17 * n for n in rows))
    all_axes = figure.subplots(len(groups), 1, sharex=True, squeeze=False, height_ratios=[n + 1 for n in rows])[:, 0]
    for axes, group in zip(all_axes, groups, strict=True):
        names, shares = list(group.importance), list(group.importance.values())
        axes.barh(range(len(names)), shares, height=0.65, color=BLUE, label=group.condition or "all")
        axes.axvline(group.noise, color=GREY, linewidth=0.9, linestyle="--", label="noise")
        axes.set_yticks(range(len(names)), [label(name) for name in names])
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        where = f"where {label(group.condition, 44, 2)}" if group.condition else "all"
        axes.set_title(f"{where} (n = {group.runs})", loc="left")
    all_axes[-1].set_xlim(0, 1)
    own = evidence.history.spec.metric.name
    all_axes[-1].set_xlabel(f"Share of the variance of {label(own, 40)}")
    return Drawing(figure, f"Importance of the searched parameters for {own}", _caption(groups, too_few, len(tried)))


def measure(evidence: Evidence, tried: Sequence[Searched]) -> tuple[list[Group], dict[str, int]]:
    """The groups, and the conditional parameters that too few configurations have, with how many do.

    Args:
        evidence: the study.
        tried: completed configurations only.
    """
    parameters = evidence.history.spec.parameters
    names = [name for name, parameter in parameters.items() if not isinstance(parameter.domain, Constant)]
    having = {name: [seen for seen in tried if name in seen.config] for name in names}
    by_condition: dict[tuple[int, ...], list[str]] = {}
    for name in names:
        by_condition.setdefault(tuple(seen.number for seen in having[name]), []).append(name)
    groups: list[Group] = []
    too_few: dict[str, int] = {}
    for members, owners in by_condition.items():
        if len(members) < FEWEST:
            too_few |= dict.fromkeys(owners, len(members))
            continue
        everyone = len(members) == len(tried)
        seen = having[owners[0]]
        shared = [name for name in names if all(name in one.config for one in seen)]
        if len({repr(one.config[name]) for one in seen for name in shared}) and len(shared) > 1:
            scored = _fanova(evidence, seen, shared)
            shown = {name: share for name, share in scored.items() if name in owners}
            condition = "" if everyone else _condition(evidence, owners[0])
            groups.append(Group(condition, len(seen), shown, scored[_NOISE]))
    return groups, too_few


def _condition(evidence: Evidence, name: str) -> str:
    when = evidence.history.spec.parameters[name].when
    return " and ".join(f"{parent} = {' or '.join(map(str, allowed))}" for parent, allowed in when.items())


def _fanova(evidence: Evidence, tried: Sequence[Searched], names: Sequence[str]) -> dict[str, float]:
    """Share of the variance that each parameter explains alone, greatest first, and that of random numbers."""
    import optuna
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances

    spec = replace(evidence.history.spec, search=None)  # the study's metric alone, whatever was searched for
    step = max(1, -(-len(tried) // MOST))
    past = [Observation(seen.config, seen.state, seen.value) for seen in tried[::step]]
    study = replayed(spec, past, optuna.samplers.RandomSampler(seed=0))
    generator = random.Random(0)
    noisy = optuna.create_study(direction=spec.metric.goal)
    for trial in study.trials:
        params = {name: trial.params[name] for name in names} | {_NOISE: generator.random()}
        domains = {name: trial.distributions[name] for name in names}
        domains[_NOISE] = optuna.distributions.FloatDistribution(0.0, 1.0)
        noisy.add_trial(optuna.trial.create_trial(params=params, distributions=domains, value=trial.value))
    evaluator = FanovaImportanceEvaluator(n_trees=TREES, seed=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        found = get_param_importances(noisy, evaluator=evaluator, normalize=False)
    return {name: float(share) for name, share in found.items()}


def _caption(groups: Sequence[Group], too_few: dict[str, int], runs: int) -> str:
    text = (
        "Share of the variance of the n completed configurations that a parameter explains on its own, by fANOVA "
        f"(Hutter et al. 2014, in Optuna, {TREES} trees); dashed: the share that a made-up parameter of random numbers "
        "gets, below which a bar says nothing. Pruned and failed configurations are not among them"
    )
    if any(group.condition for group in groups):
        text += "; a conditional parameter is judged among those that have it, and panels do not compare"
    if runs > MOST:
        step = -(-runs // MOST)
        text += f"; where there are more than {MOST} configurations, evenly spaced ones are used (one in up to {step})"
    text += "."
    if too_few:
        said = ", ".join(f"{name} ({count})" for name, count in too_few.items())
        text += f" Fewer than {FEWEST} completed configurations have: {said}."
    return text
