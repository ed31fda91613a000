"""The bandit of PB2: values for a member from what values have brought so far.

Parker-Holder et al. 2020, "Provably Efficient Online Hyperparameter Optimization with
Population-Based Bandits": a Gaussian process over time and values models how much an interval
improves the metric, and a member takes the values of the highest upper confidence bound. Here time
is a coordinate whose length is fitted with the others (the paper has a forgetting factor), and
improvements are standardised within each interval, since they shrink as training goes on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sweep.model.parameters import Parameters
from sweep.samplers.flat import Flat
from sweep.samplers.gp_regression import fitted
from sweep.samplers.threads import one_thread

Array = NDArray[np.float64]
_CANDIDATES = 500  # random ones; as many again lie around the values that are copied
_NEAR = 0.1  # standard deviation of those, on a scale on which the domain is 1 long
# The authors' own constants of the confidence bound: beta is c1 + log(c2 · observations).
_C1, _C2 = 0.2, 0.4
_FEWEST = 4  # improvements; a process fitted to fewer says nothing


@dataclass(frozen=True)
class Improvement:
    """What values brought a member in one interval.

    Attributes:
        interval: which, from 0.
        values: of the explored parameters in it.
        gain: by how much the metric improved; larger is better.
    """

    interval: int
    values: Mapping[str, Any]
    gain: float


def chosen(
    space: Parameters,
    known: Sequence[Improvement],
    taken: Sequence[Mapping[str, Any]],
    start: Mapping[str, Any],
    interval: int,
    seed: int,
) -> dict[str, Any] | None:
    """Values with the highest upper confidence bound for the interval that begins.

    Args:
        space: the explored parameters alone.
        known: improvements of the intervals so far.
        taken: values that other members train with in this interval; the model believes its own
            mean of them, so that two members do not try the same.
        start: the values that are copied.
        interval: which begins, from 0.
        seed: of the candidates.

    Returns:
        None if too little is known.
    """
    gains = _standardised(known)
    if len(gains) < _FEWEST or np.ptp(gains) == 0:
        return None
    flat, horizon = Flat(space), max(interval, 1)

    def points(values: Sequence[Mapping[str, Any]], when: Sequence[int]) -> Array:
        coordinates = np.array([flat.encode(each) for each in values])
        time = np.array(when, dtype=np.float64)[:, None] / horizon
        return np.hstack([coordinates, time])

    seen = points([each.values for each in known], [each.interval for each in known])
    category = np.zeros(seen.shape[1], dtype=bool)
    candidates = _candidates(flat, start, seed)
    now = np.ones((len(candidates), 1)) * interval / horizon
    with one_thread():  # an answer is the same on any number of cores
        process = fitted(seen, gains, category)
        if taken:
            process = process.believing(points(taken, [interval] * len(taken)))
        mean, deviation = process.predict(np.hstack([candidates, now]))
    beta = _C1 + max(0.0, math.log(_C2 * len(seen)))
    best = int(np.argmax(mean + math.sqrt(beta) * deviation))
    return flat.decode(candidates[best])


def _candidates(flat: Flat, start: Mapping[str, Any], seed: int) -> Array:
    """(n, d), points to choose from: random ones, and ones around the values that are copied."""
    generator = np.random.default_rng(seed)
    d = len(flat.names)
    anywhere = generator.random((_CANDIDATES, d))
    near = flat.encode(start) + _NEAR * generator.standard_normal((_CANDIDATES, d))
    return flat.settled(np.vstack([anywhere, np.clip(near, 0.0, 1.0)]))


def _standardised(known: Sequence[Improvement]) -> Array:
    """(n,), the gains less the mean of their interval, over its standard deviation."""
    gains = np.array([each.gain for each in known], dtype=np.float64)
    intervals = np.array([each.interval for each in known])
    for interval in np.unique(intervals):
        among = intervals == interval
        gains[among] -= gains[among].mean()
        spread = gains[among].std()
        if spread > 0:
            gains[among] /= spread
    return gains
