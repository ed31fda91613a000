"""Evolution strategies.

Optuna's own CMA-ES sampler keeps its optimiser as a pickle among a trial's attributes. A log that
is read must never run code, so the `cmaes` package is used directly: with a configuration only its
point and its generation are remembered, with the first of a generation also who the parents were;
the optimiser is made again from those.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sweep.errors import UsageError
from sweep.model import parameters
from sweep.model.parameters import Beta, Choice, Constant, Domain, IntUniform, Normal, Uniform
from sweep.model.trial import State
from sweep.samplers.drawing import point
from sweep.samplers.protocol import Memory, Observation, startup
from sweep.samplers.replay import ask, encode
from sweep.spec import StudySpec, sampling

if TYPE_CHECKING:
    import cmaes as library
    import numpy as np

_SIGMA = 1 / 6  # of the first generation, in widths of the space: Optuna's default
_BEST_SHARE = 0.1  # of an earlier study's configurations: where the first generation is centred (Nomura et al. 2021)


def cmaes(spec: StudySpec, past: Sequence[Observation], seed: int) -> tuple[dict[str, Any], Memory]:
    """CMA-ES with margin (Hansen 2016; Hamano et al. 2022: whole numbers do not freeze at one
    value).

    Adapts a normal distribution over the numbers that every configuration has, each on the scale of
    its distribution, starting at the middle with a standard deviation of a sixth of the width;
    after a warm start, where the earlier study's best tenth lies. Choices and conditional
    parameters are suggested by `tpe` beside it. A generation is over when enough configurations of
    it have ended: pruned ones rank behind complete ones, failed ones are passed over.

    Raises:
        UsageError: there is no number that every configuration has.
    """
    adapted = {name: spec.parameters[name].domain for name in sampling.adapted(spec.parameters)}
    if not adapted:
        raise UsageError(
            "cmaes adapts numbers that every configuration has, and there is none; use method: tpe"
        )
    own = [seen for seen in past if not seen.prior]
    strategy = _begin(adapted, [seen for seen in past if seen.prior], spec.metric.goal)
    for parents in _parents(own):
        strategy.tell([(_array(own[n].memory["x"]), float(rank)) for rank, n in enumerate(parents)])
    memory: dict[str, Any] = {}
    if (
        best := _ended(own, strategy.generation, strategy.population_size, spec.metric.goal)
    ) is not None:
        strategy.tell([(_array(own[n].memory["x"]), float(rank)) for rank, n in enumerate(best)])
        memory["parents"] = best
    strategy.reseed_rng(seed)
    shares, x = strategy.ask()
    memory |= {"generation": strategy.generation, "x": x.tolist()}
    drawn = {
        name: _value(adapted[name], share)
        for name, share in zip(adapted, shares.tolist(), strict=True)
    }
    if all(name in drawn or isinstance(p.domain, Constant) for name, p in spec.parameters.items()):
        return drawn, memory
    config, asked = _others(spec, past, drawn, seed)
    return config, {**asked, **memory}


def _parents(own: Sequence[Observation]) -> list[list[int]]:
    """For every generation that is over, the suggestions that the next one came from, the best first."""
    told = {
        seen.memory["generation"]: seen.memory["parents"]
        for seen in own
        if "parents" in seen.memory
    }
    return [told[generation] for generation in sorted(told)]


def _ended(own: Sequence[Observation], generation: int, wanted: int, goal: str) -> list[int] | None:
    """The first `wanted` suggestions of a generation that have ended, the best first; None if there are fewer."""
    sign = -1.0 if goal == "maximize" else 1.0

    def rank(number: int) -> tuple[float, float, float]:
        seen = own[number]
        if seen.value is not None:
            return 0.0, 0.0, sign * seen.value
        last = max(seen.curve, default=-1)  # pruned: the further it came, the better it was
        return 1.0, -last, sign * seen.curve.get(last, 0.0)

    judged = (State.COMPLETE, State.PRUNED)
    of_it = [
        n
        for n, seen in enumerate(own)
        if seen.memory.get("generation") == generation and seen.state in judged
    ]
    return sorted(of_it[:wanted], key=rank) if len(of_it) >= wanted else None


def _begin(adapted: Mapping[str, Domain], prior: Sequence[Observation], goal: str) -> library.CMAwM:
    """The strategy before its first generation."""
    import cmaes as library
    import numpy as np

    size = len(adapted)
    mean, sigma, covariance = np.full(size, 0.5), _SIGMA, None
    sign = -1.0 if goal == "maximize" else 1.0
    known = [
        (
            np.array([_share(domain, seen.config[name]) for name, domain in adapted.items()]),
            sign * seen.value,
        )
        for seen in prior
        if seen.value is not None and adapted.keys() <= seen.config.keys()
    ]
    if known:
        share = min(max(_BEST_SHARE, 1.5 / len(known)), 1.0)  # at least one of them
        mean, sigma, covariance = library.get_warm_start_mgd(known, gamma=share)
    steps = [
        0.0 if (values := _discrete(domain)) is None else 1 / (values - 1)
        for domain in adapted.values()
    ]
    bounds = np.tile([0.0, 1.0], (size, 1))
    return library.CMAwM(
        mean, sigma, bounds, np.array(steps), n_max_resampling=10 * size, seed=0, cov=covariance
    )


def _discrete(domain: Domain) -> int | None:
    """The number of values that the margin is for; None: continuous, or rounded afterwards as on a log scale."""
    return (
        None
        if isinstance(domain, Normal | Beta | Choice | Constant) or domain.log
        else parameters.count(domain)
    )


def _value(domain: Domain, share: float) -> Any:
    """The value at a coordinate of the strategy in [0, 1]."""
    if isinstance(domain, Uniform | IntUniform) and _discrete(domain) is not None:
        return parameters.quantise(domain, domain.low + share * (domain.high - domain.low))
    return point(domain, min(max(share, 0.0), 1.0))


def _share(domain: Domain, value: Any) -> float:
    """The coordinate of a value: the inverse of `_value`, up to rounding."""
    if isinstance(domain, Normal | Beta):
        return parameters.probability(domain, value)
    if not isinstance(domain, Uniform | IntUniform):
        raise TypeError(f"{domain!r} has no scale")
    scale = math.log if domain.log else float
    return (scale(value) - scale(domain.low)) / (scale(domain.high) - scale(domain.low))


def _others(
    spec: StudySpec, past: Sequence[Observation], drawn: Mapping[str, Any], seed: int
) -> tuple[dict[str, Any], Memory]:
    """The whole configuration: what CMA-ES does not adapt is suggested by a Parzen estimator."""
    import optuna

    fixed = {name: encode(spec.parameters[name].domain, value) for name, value in drawn.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        estimator = optuna.samplers.TPESampler(
            seed=seed,
            n_startup_trials=startup(spec),
            multivariate=True,
            group=True,
            constant_liar=True,
        )
        sampler = optuna.samplers.PartialFixedSampler(fixed, estimator)
    return ask(spec, past, sampler)


def _array(numbers: Sequence[float]) -> np.ndarray[Any, Any]:
    import numpy as np

    return np.array(numbers)
