"""`gp_multifidelity`: a Gaussian process that also learns from stopped trials."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator

from sweep.model.fields import Count
from sweep.model.search_space import SearchSpace
from sweep.samplers.protocol import Memory, Observation, startup
from sweep.samplers.quasi_random import next_point
from sweep.samplers.section import Search
from sweep.samplers.threads import one_thread

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Largest number of modelled configurations, half of them the best, half the latest; the cost of a
# fit grows with the cube of the number.
MODELLED = 200
LEAST = 3  # values needed for a model
# Share of later configurations without a model: noise can keep a model in a poor region for long.
EXPLORATION = 0.15


def _without_alias(value: Any) -> Any:
    return "gp_multifidelity" if value in GpMultifidelity.aliases else value


class GpMultifidelity(Search):
    """Gaussian process with expected improvement, for conditional spaces and stopped trials.

    The first `n_startup_trials` are points of a scrambled Sobol' sequence. Then a process is fitted
    to the normal scores of the values' ranks (the copula transform of Salinas et al. 2020), so that
    neither a metric's scale nor the depth of a failure matters. A stopped trial contributes its
    predicted final value (`extrapolation`). A failed trial counts as the worst, a running one as if
    the predicted mean had been observed.

    A share `EXPLORATION` of the configurations continues the Sobol' sequence, as SMAC adds random
    configurations (Hutter et al. 2011, "Sequential Model-Based Optimization for General Algorithm
    Configuration") and ε-greedy searches do (De Ath et al. 2021, "Greed is Good"). Of more than
    `MODELLED` configurations the best and the latest are modelled, so that a suggestion costs no
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
        from scipy import special, stats

        from sweep.samplers.curves import curves
        from sweep.samplers.extrapolation import final_values
        from sweep.samplers.flat import FlatSpace
        from sweep.samplers.gp_regression import fitted
        from sweep.samplers.improvement import most_promising

        flat, generator = FlatSpace(space.parameters), np.random.default_rng(seed)
        if not flat.names:
            return flat.decode(np.empty(0)), {}
        explores = generator.random() < EXPLORATION
        if explores or len(observations) < startup(self.n_startup_trials):
            return next_point(space.parameters, observations, "sobol", self.seed)
        columns = curves(space, observations)
        values = final_values(columns)
        if np.count_nonzero(~np.isnan(values)) < LEAST:
            return next_point(space.parameters, observations, "sobol", self.seed)
        values[columns.failed] = np.nanmin(values)
        chosen = modelled(values)
        points = np.array([flat.encode(observations[n].config) for n in chosen])
        scores = special.ndtri((stats.rankdata(values[chosen]) - 0.5) / len(chosen))
        running = np.flatnonzero(np.isnan(values)).tolist()
        pending = np.array([flat.encode(observations[n].config) for n in running])
        pending = pending.reshape(-1, len(flat.names))
        tried = np.concatenate([points, pending])
        with one_thread():
            standardised = scores / (scores.std() or 1.0)
            process = fitted(points, standardised, flat.categories > 0)
            best = most_promising(
                flat, process.kriging_believer(pending), tried, generator
            )
        return flat.decode(best), {}


def modelled(values: NDArray[np.float64]) -> NDArray[np.intp]:
    """Indices of the modelled configurations, ascending.

    These are all configurations with a value (n,), or the best and the latest of them.
    """
    import numpy as np

    valued = np.flatnonzero(~np.isnan(values))
    if len(valued) <= MODELLED:
        return valued
    others, latest = valued[: -MODELLED // 2], valued[-MODELLED // 2 :]
    best = others[np.argsort(-values[others], kind="stable")][: MODELLED - len(latest)]
    return np.sort(np.concatenate([best, latest]))
