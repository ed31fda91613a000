"""A past replayed into an in-memory Optuna study, and one question put to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sweep import parameters
from sweep.parameters import Beta, Choice, Constant, Domain, IntUniform, Normal, Parameter
from sweep.samplers.drawing import OPEN_INTERVAL
from sweep.samplers.seam import Memory, Observation
from sweep.spec import StudySpec
from sweep.trial import State

if TYPE_CHECKING:
    import optuna


def ask(
    spec: StudySpec, past: Sequence[Observation], sampler: optuna.samplers.BaseSampler
) -> tuple[dict[str, Any], Memory]:
    """What an Optuna sampler suggests after `past`, and the parameters and attributes to remember with it."""
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
        return FloatDistribution(OPEN_INTERVAL, 1 - OPEN_INTERVAL)
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
        return min(max(probability, OPEN_INTERVAL), 1 - OPEN_INTERVAL)
    return value
