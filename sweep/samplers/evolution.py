"""`cmaes`: an evolution strategy.

Optuna's own CMA-ES sampler keeps its optimiser as a pickle among a trial's attributes. A log that
is read must never run code, so the `cmaes` package is used directly: with a configuration only its
point and its generation are remembered, with the first of a generation also who the parents were;
the optimiser is made again from those.
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
# Of an earlier study's configurations: where the first generation is centred (Nomura et al. 2021).
_BEST_SHARE = 0.1
_GENERATIONS = 10  # fewer than these are hardly an evolution


class Cmaes(Search):
    """CMA-ES with margin (Hansen 2016; Hamano et al. 2022: whole numbers do not freeze at one
    value).

    Adapts a normal distribution over the numbers that every configuration has, each on the scale of
    its distribution, starting at the middle with a standard deviation of a sixth of the width;
    after a warm start, where the earlier study's best tenth lies. Choices and conditional
    parameters are suggested by `tpe` beside it. A generation is over when enough configurations of
    it have ended: pruned ones rank behind complete ones, failed ones are passed over.

    Attributes:
        n_startup_trials: random configurations before `tpe` models what CMA-ES leaves to it; None:
            Optuna's default, 10.
    """

    method: Literal["cmaes"] = "cmaes"
    n_startup_trials: Count | None = None
    learns: ClassVar[bool] = True
    several_objectives: ClassVar[bool] = False
    with_few_complete: ClassVar[str] = (
        "cmaes ranks a generation's stopped trials by how far they came, which says"
        " little of their ends; gp_multifidelity predicts those"
    )

    def suggest(
        self, space: SearchSpace, observations: Sequence[Observation], seed: int
    ) -> tuple[dict[str, Any], Memory]:
        """A point drawn from the adapted distribution.

        Raises:
            UsageError: there is no number that every configuration has.
        """
        numbers = {
            name: space.parameters[name].domain for name in adapted(space.parameters)
        }
        if not numbers:
            raise UsageError(f"{_NO_NUMBER}; use method: tpe")
        own = [observation for observation in observations if not observation.prior]
        prior = [observation for observation in observations if observation.prior]
        strategy = _first_generation(numbers, prior, space.goal)
        for parents in _parents(own):
            _tell(strategy, own, parents)
        memory: dict[str, Any] = {}
        ended = _ended(own, strategy.generation, strategy.population_size, space.goal)
        if ended is not None:
            _tell(strategy, own, ended)
            memory["parents"] = ended
        strategy.reseed_rng(seed)
        shares, x = strategy.ask()
        memory |= {"generation": strategy.generation, "x": x.tolist()}
        config = {
            name: _value(domain, share)
            for (name, domain), share in zip(
                numbers.items(), shares.tolist(), strict=True
            )
        }
        if all(name in config for name in searched(space.parameters)):
            return config, memory
        whole, others = self._with_the_others(space, observations, config, seed)
        return whole, {**others, **memory}

    def _with_the_others(
        self,
        space: SearchSpace,
        observations: Sequence[Observation],
        numbers: Mapping[str, Any],
        seed: int,
    ) -> tuple[dict[str, Any], Memory]:
        """The whole configuration: a Parzen estimator suggests what CMA-ES does not adapt."""
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
        """Nothing to adapt, and several objectives."""
        if not adapted(parameters):
            yield Fault(at, _NO_NUMBER, "method: tpe")

    def notes(self, parameters: Parameters) -> Iterator[str]:
        """What `tpe` suggests beside it, and that a few trials are no evolution."""
        numbers = adapted(parameters)
        others = [name for name in searched(parameters) if name not in numbers]
        if others:
            adapts = f"cmaes adapts {', '.join(numbers)}"
            yield f"{adapts}; tpe suggests {', '.join(others)} beside it"
        population = 4 + math.floor(3 * math.log(max(len(numbers), 1)))
        if self.trials < _GENERATIONS * population:
            generations = f"{_GENERATIONS} generations of {population}, which cmaes takes to adapt"
            yield f"{self.trials} trials are fewer than {generations}: see tpe or gp for few trials"

    @classmethod
    def retune_fault(cls, tuned: Parameters) -> tuple[str, str] | None:
        """Only choices to tune."""
        without_scale = [
            isinstance(p.domain, Choice | Constant) for p in tuned.values()
        ]
        if not tuned or not all(without_scale):
            return None
        return "cmaes adapts numbers, and retune.parameters has none", "method: tpe"


_NO_NUMBER = "cmaes adapts numbers that every configuration has, and there is none"


def adapted(parameters: Parameters) -> list[str]:
    """The numbers that every configuration has and that have more than one value."""
    return [
        name
        for name in unconditional(parameters)
        if not isinstance(parameters[name].domain, Constant | Choice)
        and domains.count(parameters[name].domain) != 1
    ]


def _tell(
    strategy: library.CMAwM, own: Sequence[Observation], ranked: Sequence[int]
) -> None:
    """Tell the strategy of a generation: the best observation first."""
    strategy.tell(
        [(_array(own[n].memory["x"]), float(rank)) for rank, n in enumerate(ranked)]
    )


def _parents(own: Sequence[Observation]) -> list[list[int]]:
    """For every generation that is over, the observations that the next came from, best first."""
    by_generation = {
        observation.memory["generation"]: observation.memory["parents"]
        for observation in own
        if "parents" in observation.memory
    }
    return [by_generation[generation] for generation in sorted(by_generation)]


def _ended(
    own: Sequence[Observation], generation: int, wanted: int, goal: Goal
) -> list[int] | None:
    """The first `wanted` observations of a generation that have ended, best first; None: fewer."""
    sign = -1.0 if goal == "maximize" else 1.0

    def rank(number: int) -> tuple[float, float, float]:
        observation = own[number]
        if observation.value is not None:
            return 0.0, 0.0, sign * observation.value
        last = max(
            observation.curve, default=-1
        )  # pruned: the further it came, the better it was
        return 1.0, -last, sign * observation.curve.get(last, 0.0)

    ended = []
    for number, observation in enumerate(own):
        of_it = observation.memory.get("generation") == generation
        if of_it and observation.state in (State.COMPLETE, State.PRUNED):
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
    """The number of values that the margin is for.

    None: the domain is continuous, or rounded afterwards as on a logarithmic scale.
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
