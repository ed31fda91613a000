"""`cmaes`: an evolution strategy.

Optuna's own CMA-ES sampler stores its optimiser as a pickle in a trial's attributes. Reading a log
must never run code, so the `cmaes` package is used directly. A configuration stores only its point
and its generation, and the first of a generation also the parents; the optimiser is rebuilt from
these.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from sweep.errors import UsageError
from sweep.model import distributions, domains
from sweep.model.domains import (
    Beta,
    Choice,
    Constant,
    Domain,
    IntUniform,
    Normal,
    Uniform,
)
from sweep.model.fault import Fault, Key
from sweep.model.fields import Count
from sweep.model.parameters import Parameters
from sweep.model.search_space import SearchSpace, searched, unconditional
from sweep.model.trial import Goal, State
from sweep.samplers.drawing import point
from sweep.samplers.parzen import estimator
from sweep.samplers.protocol import Memory, Observation, startup
from sweep.samplers.replay import ask, encode
from sweep.samplers.section import Search

if TYPE_CHECKING:
    import cmaes as library
    import numpy as np

_SIGMA = 1 / 6  # of the first generation, in widths of the space: Optuna's default
# Share of an earlier study's configurations that centre the first generation (Nomura et al. 2021).
_BEST_SHARE = 0.1
_GENERATIONS = 10  # needed to adapt


class Cmaes(Search):
    """CMA-ES with margin (Hansen 2016; Hamano et al. 2022).

    The margin keeps integers from freezing at one value. A normal distribution over the numbers
    that every configuration has is adapted, each on the scale of its distribution. It starts at the
    middle with a standard deviation of a sixth of the width; after a warm start, at the best tenth
    of the earlier study. `tpe` suggests choices and conditional parameters. A generation ends when
    enough of its configurations have ended: pruned ones rank behind complete ones, failed ones are
    skipped.

    Attributes:
        n_startup_trials: random configurations before `tpe` models the other parameters; None:
            Optuna's default, 10.
    """

    method: Literal["cmaes"] = "cmaes"
    n_startup_trials: Count | None = None
    learns: ClassVar[bool] = True
    several_objectives: ClassVar[bool] = False
    with_few_complete: ClassVar[str] = (
        "cmaes ranks a generation's stopped trials by their number of epochs, "
        "which says little about their final values; gp_multifidelity predicts "
        "final values"
    )

    def suggest(
        self, space: SearchSpace, observations: Sequence[Observation], seed: int
    ) -> tuple[dict[str, Any], Memory]:
        """A point drawn from the adapted distribution.

        Raises:
            UsageError: no number exists in every configuration.
        """
        numbers = {
            name: space.parameters[name].domain for name in adapted(space.parameters)
        }
        if not numbers:
            raise UsageError(f"{_NO_NUMBER}; use method: tpe")
        observed = [
            observation for observation in observations if not observation.prior
        ]
        prior = [observation for observation in observations if observation.prior]
        strategy = _first_generation(numbers, prior, space.goal)
        for parents in _parents(observed):
            _tell(strategy, observed, parents)
        memory: dict[str, Any] = {}
        ranked = _ended(
            observed, strategy.generation, strategy.population_size, space.goal
        )
        if ranked is not None:
            _tell(strategy, observed, ranked)
            memory["parents"] = ranked
        strategy.reseed_rng(seed)
        shares, x = strategy.ask()
        memory |= {"generation": strategy.generation, "x": x.tolist()}
        config = {}
        for (name, domain), share in zip(numbers.items(), shares.tolist(), strict=True):
            config[name] = _value(domain, share)
        if all(name in config for name in searched(space.parameters)):
            return config, memory
        complete, others = self._with_other_parameters(
            space, observations, config, seed
        )
        return complete, {**others, **memory}

    def _with_other_parameters(
        self,
        space: SearchSpace,
        observations: Sequence[Observation],
        numbers: Mapping[str, Any],
        seed: int,
    ) -> tuple[dict[str, Any], Memory]:
        """The full configuration: a Parzen estimator suggests the other parameters."""
        import optuna

        fixed = {
            name: encode(space.parameters[name].domain, value)
            for name, value in numbers.items()
        }
        tpe = estimator(seed, startup(self.n_startup_trials))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            sampler = optuna.samplers.PartialFixedSampler(fixed, tpe)
        return ask(space, observations, sampler)

    def faults(self, parameters: Parameters, at: Key) -> Iterator[Fault]:
        """A space without numbers to adapt."""
        if not adapted(parameters):
            yield Fault(at, _NO_NUMBER, "method: tpe")

    def notes(self, parameters: Parameters) -> Iterator[str]:
        """Which parameters `tpe` suggests, and whether the trials are too few to adapt."""
        numbers = adapted(parameters)
        others = [name for name in searched(parameters) if name not in numbers]
        if others:
            adapts = f"cmaes adapts {', '.join(numbers)}"
            yield f"{adapts}; tpe suggests {', '.join(others)}"
        population = 4 + math.floor(3 * math.log(max(len(numbers), 1)))
        if self.trials < _GENERATIONS * population:
            generations = f"{_GENERATIONS} generations of {population}"
            yield (
                f"{self.trials} trials are fewer than the {generations} that cmaes needs"
                " to adapt; tpe or gp suit few trials"
            )

    @classmethod
    def retune_fault(cls, tuned: Parameters) -> tuple[str, str] | None:
        """Only choices to tune."""
        without_scale = [
            isinstance(p.domain, Choice | Constant) for p in tuned.values()
        ]
        if not tuned or not all(without_scale):
            return None
        return "cmaes tunes numbers, and retune.parameters has no number", "method: tpe"


_NO_NUMBER = (
    "cmaes adapts numbers that exist in every configuration, and no parameter is one"
)


def adapted(parameters: Parameters) -> list[str]:
    """The numbers that exist in every configuration and have more than one value."""
    return [
        name
        for name in unconditional(parameters)
        if not isinstance(parameters[name].domain, Constant | Choice)
        and domains.count(parameters[name].domain) != 1
    ]


def _tell(
    strategy: library.CMAwM, observed: Sequence[Observation], ranked: Sequence[int]
) -> None:
    """Report a generation to the strategy, the best observation first."""
    strategy.tell(
        [
            (_array(observed[number].memory["x"]), float(rank))
            for rank, number in enumerate(ranked)
        ]
    )


def _parents(observed: Sequence[Observation]) -> list[list[int]]:
    """For every finished generation, the parents of the next one, best first."""
    by_generation = {
        observation.memory["generation"]: observation.memory["parents"]
        for observation in observed
        if "parents" in observation.memory
    }
    return [by_generation[generation] for generation in sorted(by_generation)]


def _ended(
    observed: Sequence[Observation], generation: int, wanted: int, goal: Goal
) -> list[int] | None:
    """The first `wanted` ended observations of a generation, best first; None for fewer."""
    sign = -1.0 if goal == "maximize" else 1.0

    def rank(number: int) -> tuple[float, float, float]:
        """A key that sorts complete trials first, the best one of them at the front."""
        observation = observed[number]
        if observation.value is not None:
            return 0.0, 0.0, sign * observation.value
        # pruned trials rank by epochs, then by value
        last = max(observation.curve, default=-1)
        return 1.0, -last, sign * observation.curve.get(last, 0.0)

    ended = []
    for number, observation in enumerate(observed):
        is_member = observation.memory.get("generation") == generation
        if is_member and observation.state in (State.COMPLETE, State.PRUNED):
            ended.append(number)
    return sorted(ended[:wanted], key=rank) if len(ended) >= wanted else None


def _first_generation(
    numbers: Mapping[str, Domain], prior: Sequence[Observation], goal: Goal
) -> library.CMAwM:
    """The strategy before its first generation."""
    import cmaes as library
    import numpy as np

    size = len(numbers)
    mean, sigma, covariance = np.full(size, 0.5), _SIGMA, None
    sign = -1.0 if goal == "maximize" else 1.0
    valued = []
    for observation in prior:
        config, value = observation.config, observation.value
        if value is not None and numbers.keys() <= config.keys():
            shares = [_share(domain, config[name]) for name, domain in numbers.items()]
            valued.append((np.array(shares), sign * value))
    if valued:
        best = min(max(_BEST_SHARE, 1.5 / len(valued)), 1.0)  # at least one of them
        mean, sigma, covariance = library.get_warm_start_mgd(valued, gamma=best)
    steps = np.array([_step(domain) for domain in numbers.values()])
    bounds = np.tile([0.0, 1.0], (size, 1))
    return library.CMAwM(
        mean, sigma, bounds, steps, n_max_resampling=10 * size, seed=0, cov=covariance
    )


def _step(domain: Domain) -> float:
    """The distance between values of a discrete domain, as a share of its width; else 0."""
    number = _discrete(domain)
    return 0.0 if number is None else 1 / (number - 1)


def _discrete(domain: Domain) -> int | None:
    """The number of values of a domain that the margin applies to.

    None if the domain is continuous, or logarithmic and rounded afterwards.
    """
    if isinstance(domain, Normal | Beta | Choice | Constant) or domain.log:
        return None
    return domains.count(domain)


def _value(domain: Domain, share: float) -> Any:
    """The value at a coordinate of the strategy in [0, 1]."""
    if isinstance(domain, Uniform | IntUniform) and _discrete(domain) is not None:
        return domains.quantise(domain, domain.low + share * (domain.high - domain.low))
    return point(domain, min(max(share, 0.0), 1.0))


def _share(domain: Domain, value: Any) -> float:
    """The coordinate of a value: the inverse of `_value`, up to rounding."""
    if isinstance(domain, Normal | Beta):
        return distributions.probability(domain, value)
    if not isinstance(domain, Uniform | IntUniform):
        raise TypeError(f"{domain!r} has no scale")
    scale = math.log if domain.log else float
    return (scale(value) - scale(domain.low)) / (scale(domain.high) - scale(domain.low))


def _array(numbers: Sequence[float]) -> np.ndarray[Any, Any]:
    import numpy as np

    return np.array(numbers)
