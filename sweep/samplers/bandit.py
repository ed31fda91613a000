"""The bandit of PB2: choose a member's values from the improvements observed so far.

Parker-Holder et al. 2020, "Provably Efficient Online Hyperparameter Optimization with
Population-Based Bandits": a Gaussian process over time and values models how much an interval
improves the metric, and a member takes the values with the highest upper confidence bound. Here
time is a coordinate with a fitted length scale (the paper has a forgetting factor), and
improvements are standardised within each interval, since they shrink during training.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sweep.model.parameters import Parameters
from sweep.samplers.flat import FlatSpace
from sweep.samplers.gp_regression import fitted
from sweep.samplers.threads import one_thread

Array = NDArray[np.float64]
_CANDIDATES = 500  # random points; as many again are drawn around the copied values
_NEAR = 0.1  # standard deviation of the latter, where the domain has length 1
# The authors' own constants of the confidence bound: beta is c1 + log(c2 · observations).
_C1, _C2 = 0.2, 0.4
_FEWEST = 4  # improvements; a process fitted to fewer is useless


@dataclass(frozen=True)
class Improvement:
    """By how much one member improved in one interval.

    Attributes:
        interval: number of the interval, from 0.
        values: of the explored parameters in that interval.
        gain: improvement of the metric; larger is better for both goals.
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
        space: only the explored parameters.
        known: improvements of the intervals so far.
        taken: values of other members in this interval; the model takes its own mean as their
            outcome, so that two members do not try the same.
        start: the values that are copied.
        interval: number of the interval that begins, from 0.
        seed: of the random candidates.

    Returns:
        Parameter → value; None with fewer than four improvements, or if all are equal.
    """
    gains = _standardised(known)
    if len(gains) < _FEWEST or np.ptp(gains) == 0:
        return None
    flat, horizon = FlatSpace(space), max(interval, 1)

    def points(values: Sequence[Mapping[str, Any]], when: Sequence[int]) -> Array:
        coordinates = np.array([flat.encode(each) for each in values])
        time = np.array(when, dtype=np.float64)[:, None] / horizon
        return np.hstack([coordinates, time])

    known_values = [each.values for each in known]
    known_intervals = [each.interval for each in known]
    observed = points(known_values, known_intervals)
    category = np.zeros(observed.shape[1], dtype=bool)
    candidates = _candidates(flat, start, seed)
    now = np.ones((len(candidates), 1)) * interval / horizon
    with one_thread():  # the result does not depend on the number of cores
        process = fitted(observed, gains, category)
        if taken:
            process = process.kriging_believer(points(taken, [interval] * len(taken)))
        mean, deviation = process.predict(np.hstack([candidates, now]))
    beta = _C1 + max(0.0, math.log(_C2 * len(observed)))
    best = int(np.argmax(mean + math.sqrt(beta) * deviation))
    return flat.decode(candidates[best])


def _candidates(flat: FlatSpace, start: Mapping[str, Any], seed: int) -> Array:
    """(2·500, d): random points, and points around the copied values."""
    generator = np.random.default_rng(seed)
    d = len(flat.names)
    anywhere = generator.random((_CANDIDATES, d))
    near = flat.encode(start) + _NEAR * generator.standard_normal((_CANDIDATES, d))
    return flat.snapped(np.vstack([anywhere, np.clip(near, 0.0, 1.0)]))


def _standardised(known: Sequence[Improvement]) -> Array:
    """(n,): each gain minus the mean of its interval, divided by its standard deviation."""
    gains = np.array([each.gain for each in known], dtype=np.float64)
    intervals = np.array([each.interval for each in known])
    for interval in np.unique(intervals):
        members = intervals == interval
        gains[members] -= gains[members].mean()
        deviation = gains[members].std()
        if deviation > 0:
            gains[members] /= deviation
    return gains
