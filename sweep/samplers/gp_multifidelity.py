"""`gp_multifidelity`: a Gaussian process that also learns from stopped trials."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator

from sweep.model.fields import Count
from sweep.model.search_space import SearchSpace
from sweep.model.trial import EXPLORES
from sweep.samplers.protocol import Memory, Observation, startup
from sweep.samplers.quasi_random import next_point
from sweep.samplers.section import Search
from sweep.samplers.threads import one_thread

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sweep.samplers.flat import FlatSpace

# Largest number of modelled configurations, half of them the best, half the latest; the cost of a
# fit grows with the cube of the number.
MODELLED = 200
LEAST = 3  # values needed for a model
# Share of later configurations without a model: noise can keep a model in a poor region for long.
EXPLORATION = 0.15
# Where the model's variance is below this share of the noise's variance, it knows the value better
# than two measurements would tell it, and there most suggestions explore instead.
KNOWN = 0.5
EXPLORATION_WHERE_KNOWN = 0.75


def _without_alias(value: Any) -> Any:
    """Return the method's name in place of a name that it had before."""
    return "gp_multifidelity" if value in GpMultifidelity.aliases else value


class GpMultifidelity(Search):
    """Gaussian process with expected improvement, for conditional spaces and stopped trials.

    The first `n_startup_trials` are points of a scrambled Sobol' sequence. Then a process is fitted
    to the normal scores of the values' ranks (the copula transform of Salinas et al. 2020), so that
    neither a metric's scale nor the depth of a failure matters. A stopped trial contributes its
    predicted final value (`extrapolation`). A failed trial counts as the worst, a running one as if
    the predicted mean had been observed.

    15 % of the later configurations continue the Sobol' sequence, as SMAC adds random
    configurations (Hutter et al. 2011, "Sequential Model-Based Optimization for General Algorithm
    Configuration") and ε-greedy searches do (De Ath et al. 2021, "Greed is Good"). So do three of
    four suggestions of a point whose value the model knows already: a search that has converged
    would otherwise try that point again and again, with changes that have no effect. `asha`
    compares such exploring trials among themselves, so that the model learns how they end. The
    model holds at most 200 configurations, the best and the latest, so that a suggestion costs no
    more at 10 000 trials than at 200.

    Attributes:
        n_startup_trials: points of a Sobol' sequence before the model is used; None: 10.
    """

    method: Annotated[Literal["gp_multifidelity"], BeforeValidator(_without_alias)] = (
        "gp_multifidelity"
    )
    n_startup_trials: Count | None = None
    learns: ClassVar[bool] = True
    several_objectives: ClassVar[bool] = False
    reads_curves: ClassVar[bool] = True
    aliases: ClassVar[tuple[str, ...]] = ("foretold",)

    def suggest(
        self, space: SearchSpace, observations: Sequence[Observation], seed: int
    ) -> tuple[dict[str, Any], Memory]:
        """The configuration with the largest expected improvement."""
        import numpy as np

        from sweep.samplers.curves import curves
        from sweep.samplers.extrapolation import final_values
        from sweep.samplers.flat import FlatSpace
        from sweep.samplers.gp_regression import fitted
        from sweep.samplers.improvement import most_promising

        flat = FlatSpace(space.parameters)
        generator = np.random.default_rng(seed)
        if not flat.names:
            return flat.decode(np.empty(0)), {}
        explores = generator.random() < EXPLORATION
        if explores or len(observations) < startup(self.n_startup_trials):
            return self._explore(space, observations)
        columns = curves(space, observations)
        values = final_values(columns)
        has_value = ~np.isnan(values)
        if np.count_nonzero(has_value) < LEAST:
            return self._explore(space, observations)
        values[columns.failed] = np.nanmin(values)
        chosen = modelled(values)
        running = np.flatnonzero(np.isnan(values))
        points = _encoded(flat, observations, chosen)
        pending = _encoded(flat, observations, running)
        tried = np.concatenate([points, pending])
        scores = _normal_scores(values[chosen])
        with one_thread():
            standardised = scores / (scores.std() or 1.0)
            process = fitted(points, standardised, flat.categories > 0)
            with_pending = process.kriging_believer(pending)
            best = most_promising(flat, with_pending, tried, generator)
            _, sd = with_pending.predict(best[None])
        is_known = sd.item() ** 2 < KNOWN * process.noise
        if is_known and generator.random() < EXPLORATION_WHERE_KNOWN:
            return self._explore(space, observations)
        return flat.decode(best), {}

    def _explore(
        self, space: SearchSpace, observations: Sequence[Observation]
    ) -> tuple[dict[str, Any], Memory]:
        """The next point of the Sobol' sequence."""
        config, memory = next_point(space.parameters, observations, "sobol", self.seed)
        return config, {**memory, EXPLORES: True}


def _encoded(
    flat: FlatSpace, observations: Sequence[Observation], indices: NDArray[np.intp]
) -> NDArray[np.float64]:
    """(k, d), the points of the k observations with these indices; k may be 0."""
    import numpy as np

    points = [flat.encode(observations[index].config) for index in indices.tolist()]
    return np.array(points).reshape(-1, len(flat.names))


def _normal_scores(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,), the quantiles of a standard normal distribution at the values' ranks."""
    from scipy import special, stats

    shares = (stats.rankdata(values) - 0.5) / len(values)
    scores: NDArray[np.float64] = special.ndtri(shares)
    return scores


def modelled(values: NDArray[np.float64]) -> NDArray[np.intp]:
    """Indices of the modelled configurations, ascending.

    These are all configurations with a value (n,), or the best and the latest of them.
    """
    import numpy as np

    valued = np.flatnonzero(~np.isnan(values))
    if len(valued) <= MODELLED:
        return valued
    half = -MODELLED // 2
    others, latest = valued[:half], valued[half:]
    best_first = others[np.argsort(-values[others], kind="stable")]
    best = best_first[: MODELLED - len(latest)]
    return np.sort(np.concatenate([best, latest]))
