"""A Gaussian process over the whole space that learns from stopped trials too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sweep.samplers.foretelling import ends
from sweep.samplers.quasi_random import qmc
from sweep.samplers.seam import Memory, Observation, startup
from sweep.samplers.threads import one_thread
from sweep.spec import StudySpec
from sweep.trial import State

MODELLED = 200  # configurations at most: half of them the best, half the latest; a fit costs the cube of the number
LEAST = 3  # values, below which there is nothing to model
ASIDE = 0.15  # share of later configurations that ask no model: noise can hold one in a poor place for long


def foretold(spec: StudySpec, past: Sequence[Observation], seed: int) -> tuple[dict[str, Any], Memory]:
    """Gaussian process asked for the largest expected improvement, over conditional parameters too.

    The first `search.n_startup_trials` (default 10) are points of a scrambled Sobol' sequence. Then a process is fitted
    to the normal scores of the values' ranks (the copula transform of Salinas et al. 2020), so that neither a metric's
    scale nor the depth of a failure matters. A trial that was stopped counts with what it is foretold to reach
    (`foretelling`), a failed one as the worst, one that still runs as if the mean had been seen there.

    A share `ASIDE` goes on with the Sobol' sequence, as SMAC mixes in random configurations (Hutter et al. 2011,
    "Sequential Model-Based Optimization for General Algorithm Configuration") and ε-greedy searches do (De Ath et al.
    2021, "Greed is Good"). Of more than `MODELLED` configurations the best and the latest are modelled, so that an
    answer costs no more at 1000 trials than at 200.
    """
    import numpy as np
    from scipy import special, stats

    from sweep.samplers.flat import Flat
    from sweep.samplers.improvement import most_promising
    from sweep.samplers.process import fitted

    flat, generator = Flat(spec.parameters), np.random.default_rng(seed)
    if not flat.names:
        return flat.decode(np.empty(0)), {}
    if generator.random() < ASIDE or len(past) < startup(spec) or len(told := ends(spec, past)) < LEAST:
        return qmc(spec, past, seed)
    worst = min(told.values())
    told |= {n: worst for n, seen in enumerate(past) if seen.state is State.FAILED}
    chosen = modelled(told)
    places = np.array([flat.encode(past[n].config) for n in chosen])
    ranks = stats.rankdata([told[n] for n in chosen])
    scores = special.ndtri((ranks - 0.5) / len(chosen))
    waiting = [flat.encode(seen.config) for n, seen in enumerate(past) if n not in told]
    pending = np.array(waiting).reshape(-1, len(flat.names))
    known = np.concatenate([places, pending])
    with one_thread():
        process = fitted(places, scores / (scores.std() or 1.0), flat.categories > 0)
        place = most_promising(flat, process.believing(pending), known, generator)
    return flat.decode(place), {}


def modelled(told: dict[int, float]) -> list[int]:
    """The places of what is modelled, in order: all, or the best and the latest."""
    if len(told) <= MODELLED:
        return sorted(told)
    latest = sorted(told)[-(MODELLED // 2) :]
    others = sorted(set(told) - set(latest), key=lambda n: (-told[n], n))
    return sorted([*latest, *others[: MODELLED - len(latest)]])
