"""Floor 3: how the next configuration is found. Each sampler is a pure function of what was observed and a seed.

Optuna decides and remembers nothing: for each question the observations are replayed into an in-memory Optuna study and
asked by a sampler made for this one question. Nothing depends on how often the process was killed in between.
"""

from __future__ import annotations

import itertools
import math
import random as python_random
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sweep import parameters
from sweep.errors import UnknownName
from sweep.parameters import Beta, Choice, Constant, Domain, IntUniform, Normal, Parameter
from sweep.spec import StudySpec
from sweep.trial import State

if TYPE_CHECKING:
    import optuna

Memory = Mapping[str, Any]  # what a sampler wants back with an observation; JSON
_OPEN_INTERVAL = 1e-6  # normal draws are asked for as probabilities, away from 0 and 1 where the quantile is infinite


@dataclass(frozen=True)
class Observation:
    """What became of one configuration.

    Attributes:
        config: the configuration.
        state: RUNNING until all its seeds have ended.
        value: the objective of a COMPLETE one.
        curve: epoch → metric, as far as it got.
        memory: what the sampler returned with it.
    """

    config: Mapping[str, Any]
    state: State
    value: float | None = None
    curve: Mapping[int, float] = field(default_factory=dict)
    memory: Memory = field(default_factory=dict)


class Sampler(Protocol):
    """The seam: one function per method, listed in `SAMPLERS`."""

    def __call__(self, spec: StudySpec, past: Sequence[Observation], seed: int) -> tuple[dict[str, Any], Memory]:
        """Values for the active parameters (constants may be left out), and what to remember with them."""


def grid(spec: StudySpec, past: Sequence[Observation], seed: int) -> tuple[dict[str, Any], Memory]:
    """Every configuration once, in file order, the last parameter varying fastest. The seed has nothing to decide."""
    return next(itertools.islice(parameters.grid(spec.parameters), len(past), None)), {}


def random(spec: StudySpec, past: Sequence[Observation], seed: int) -> tuple[dict[str, Any], Memory]:
    """Independent draws, distributed as the study file says. Looks at nothing that was observed."""
    generator = python_random.Random(seed)
    drawn: dict[str, Any] = {}
    for name in parameters.order(spec.parameters):
        if parameters.is_active(spec.parameters[name], drawn):
            drawn[name] = draw(spec.parameters[name].domain, generator)
    return drawn, {}


def draw(domain: Domain, generator: python_random.Random) -> Any:
    """One value of a domain."""
    if isinstance(domain, Constant):
        return domain.value
    if isinstance(domain, Choice):
        return generator.choices(domain.choices, domain.probabilities)[0]
    if isinstance(domain, Normal | Beta):
        return parameters.quantile(domain, generator.uniform(_OPEN_INTERVAL, 1 - _OPEN_INTERVAL))
    if isinstance(domain, IntUniform) and not domain.log:
        return generator.randrange(domain.low, domain.high + 1, domain.step)
    # A logarithmic integer gets half a step on either side, so that its ends are as likely as their neighbours.
    margin = 0.5 * domain.step if isinstance(domain, IntUniform) and domain.step else 0.0
    low, high = domain.low - margin, domain.high + margin
    scale, back = (math.log, math.exp) if domain.log else (float, float)
    number = back(generator.uniform(scale(low), scale(high)))
    return parameters.quantise(domain, min(max(number, domain.low), domain.high))


def tpe(spec: StudySpec, past: Sequence[Observation], seed: int) -> tuple[dict[str, Any], Memory]:
    """Tree-structured Parzen estimator (Bergstra et al. 2011; Watanabe 2023).

    Multivariate, and grouped so that conditional parameters are modelled among the configurations that have them.
    Running trials count as poor ones ("constant liar"), so that workers do not all try the same. The first
    `search.n_startup_trials` (Optuna's default: 10) are random.
    """
    import optuna

    startup = spec.search.n_startup_trials if spec.search is not None else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.TPESampler(
            seed=seed,
            n_startup_trials=10 if startup is None else startup,
            multivariate=True,
            group=True,
            constant_liar=True,
        )
    return _ask(spec, past, sampler)


SAMPLERS: Mapping[str, Sampler] = {"tpe": tpe, "random": random, "grid": grid}


def sampler(name: str) -> Sampler:
    """The sampler of a name.

    Raises:
        UnknownName: no such sampler.
    """
    try:
        return SAMPLERS[name]
    except KeyError:
        raise UnknownName("search method", name, SAMPLERS) from None


# --------------------------------------------------------------------------- Optuna


def _ask(
    spec: StudySpec, past: Sequence[Observation], sampler: optuna.samplers.BaseSampler
) -> tuple[dict[str, Any], Memory]:
    study = replayed(spec, past, sampler)
    trial = study.ask()
    drawn: dict[str, Any] = {}
    for name in parameters.order(spec.parameters):
        parameter = spec.parameters[name]
        if not parameters.is_active(parameter, drawn):
            continue
        if isinstance(parameter.domain, Constant):
            drawn[name] = parameter.domain.value
        else:
            drawn[name] = _decode(parameter.domain, _suggest(trial, name, distribution(parameter)))
    asked = study.trials[trial.number]
    return drawn, {"params": dict(asked.params), "system_attrs": dict(asked.system_attrs)}


def _suggest(trial: optuna.Trial, name: str, wanted: optuna.distributions.BaseDistribution) -> Any:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(wanted, CategoricalDistribution):
        return trial.suggest_categorical(name, wanted.choices)
    if isinstance(wanted, IntDistribution):
        return trial.suggest_int(name, wanted.low, wanted.high, step=wanted.step, log=wanted.log)
    if isinstance(wanted, FloatDistribution):
        return trial.suggest_float(name, wanted.low, wanted.high, step=wanted.step, log=wanted.log)
    raise TypeError(f"no way to suggest from {wanted!r}")


def replayed(spec: StudySpec, past: Sequence[Observation], sampler: optuna.samplers.BaseSampler) -> optuna.Study:
    """An in-memory Optuna study that has lived through `past`."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction=spec.metric.goal, sampler=sampler)
    states = {
        State.COMPLETE: optuna.trial.TrialState.COMPLETE,
        State.PRUNED: optuna.trial.TrialState.PRUNED,
        State.FAILED: optuna.trial.TrialState.FAIL,
        State.RUNNING: optuna.trial.TrialState.RUNNING,
    }
    known = {n: distribution(p) for n, p in spec.parameters.items() if not isinstance(p.domain, Constant)}
    for seen in past:
        params = seen.memory.get("params")
        if params is None:  # it was not Optuna that chose it
            params = {n: _encode(spec.parameters[n].domain, v) for n, v in seen.config.items() if n in known}
        study.add_trial(
            optuna.trial.create_trial(
                state=states[seen.state],
                value=seen.value,
                params=params,
                distributions={name: known[name] for name in params},
                system_attrs=dict(seen.memory.get("system_attrs", {})),
                intermediate_values=dict(seen.curve),
            )
        )
    return study


def distribution(parameter: Parameter) -> optuna.distributions.BaseDistribution:
    """Optuna's form of a domain. Choices go by position, so that they may be anything, lists included."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    domain = parameter.domain
    if isinstance(domain, Constant):
        raise TypeError(f"{parameter.name} is a constant; there is nothing to search")
    if isinstance(domain, Choice):
        return CategoricalDistribution(range(len(domain.choices)))
    if isinstance(domain, Normal | Beta):
        return FloatDistribution(_OPEN_INTERVAL, 1 - _OPEN_INTERVAL)
    # Optuna takes a step only on a linear scale; `quantise` puts logarithmic draws on the grid.
    if isinstance(domain, IntUniform):
        return IntDistribution(domain.low, domain.high, log=domain.log, step=1 if domain.log else domain.step)
    return FloatDistribution(domain.low, domain.high, log=domain.log, step=None if domain.log else domain.step)


def _decode(domain: Domain, raw: Any) -> Any:
    if isinstance(domain, Choice):
        return domain.choices[raw]
    if isinstance(domain, Normal | Beta):
        return parameters.quantile(domain, raw)
    return parameters.quantise(domain, raw)


def _encode(domain: Domain, value: Any) -> Any:
    if isinstance(domain, Choice):
        return next(i for i, choice in enumerate(domain.choices) if parameters.same(choice, value))
    if isinstance(domain, Normal | Beta):
        probability = parameters.probability(domain, value)
        return min(max(probability, _OPEN_INTERVAL), 1 - _OPEN_INTERVAL)
    return value
