"""A Gaussian process over the whole space that learns from stopped trials too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sweep.samplers.protocol import Memory, Observation, startup
from sweep.samplers.quasi_random import qmc
from sweep.samplers.threads import one_thread
from sweep.spec import StudySpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MODELLED = 200  # configurations at most: half of them the best, half the latest; a fit costs the cube of the number
LEAST = 3  # values, below which there is nothing to model
ASIDE = 0.15  # share of later configurations that ask no model: noise can hold one in a poor place for long


def foretold(
    spec: StudySpec, past: Sequence[Observation], seed: int
) -> tuple[dict[str, Any], Memory]:
    """Gaussian process asked for the largest expected improvement, over conditional parameters too.

    The first `search.n_startup_trials` (default 10) are points of a scrambled Sobol' sequence. Then
    a process is fitted to the normal scores of the values' ranks (the copula transform of Salinas
    et al. 2020), so that neither a metric's scale nor the depth of a failure matters. A trial that
    was stopped counts with what it is foretold to reach (`foretelling`), a failed one as the worst,
    one that still runs as if the mean had been seen there.

    A share `ASIDE` goes on with the Sobol' sequence, as SMAC mixes in random configurations (Hutter
    et al. 2011, "Sequential Model-Based Optimization for General Algorithm Configuration") and
    ε-greedy searches do (De Ath et al. 2021, "Greed is Good"). Of more than `MODELLED`
    configurations the best and the latest are modelled, so that an answer costs no more at 10 000
    trials than at 200.
    """
    import numpy as np
    from scipy import special, stats

    from sweep.samplers.curves import curves
    from sweep.samplers.extrapolation import ends
    from sweep.samplers.flat import Flat
    from sweep.samplers.gp_regression import fitted
    from sweep.samplers.improvement import most_promising

    flat, generator = Flat(spec.parameters), np.random.default_rng(seed)
    if not flat.names:
        return flat.decode(np.empty(0)), {}
    if generator.random() < ASIDE or len(past) < startup(spec):
        return qmc(spec, past, seed)
    read = curves(spec, past)
    told = ends(read)
    if np.count_nonzero(~np.isnan(told)) < LEAST:
        return qmc(spec, past, seed)
    told[read.failed] = np.nanmin(told)
    chosen = modelled(told)
    places = np.array([flat.encode(past[n].config) for n in chosen])
    scores = special.ndtri((stats.rankdata(told[chosen]) - 0.5) / len(chosen))
    waiting = [flat.encode(past[n].config) for n in np.flatnonzero(np.isnan(told)).tolist()]
    pending = np.array(waiting).reshape(-1, len(flat.names))
    known = np.concatenate([places, pending])
    with one_thread():
        process = fitted(places, scores / (scores.std() or 1.0), flat.categories > 0)
        place = most_promising(flat, process.believing(pending), known, generator)
    return flat.decode(place), {}


def modelled(told: NDArray[np.float64]) -> NDArray[np.intp]:
    """The places of what is modelled, in order: all that have a value (n,), or the best and the latest of them."""
    import numpy as np

    known = np.flatnonzero(~np.isnan(told))
    if len(known) <= MODELLED:
        return known
    others, latest = known[: -MODELLED // 2], known[-MODELLED // 2 :]
    best = others[np.argsort(-told[others], kind="stable")][: MODELLED - len(latest)]
    return np.sort(np.concatenate([best, latest]))
