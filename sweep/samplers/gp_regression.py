"""A Gaussian process over the points of a flat space, fitted with priors, so that a dozen points do
not mislead it.

NumPy and SciPy alone: unlike Optuna's it covers conditional parameters, and imports no torch into
the driver.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize
from scipy.linalg import cho_solve, solve_triangular
from scipy.spatial.distance import cdist

Array = NDArray[np.float64]
NOISE = 0.1  # prior median of its variance, in units of the values'; a factor of 4.5 either way is one sd
JITTER = 1e-6
_LENGTH, _ROOT5 = 0.3, math.sqrt(5)
_STEPS = 50  # of L-BFGS; a fit that is nearly there asks nearly the same question


@dataclass(frozen=True)
class Process:
    """A fitted process.

    Attributes:
        places: (n, d), coordinates as `Flat` has them.
        values: (n,), standardised by whoever fits it: mean 0, variance 1.
        category: (d,), whether a coordinate is the same or not, instead of nearer or farther.
        weights: (d,), inverse squared lengths.
        scale, noise: variances.
        factor: (n, n), the lower Cholesky factor of the values' covariance.
        solved: (n,), that covariance's inverse times the values.
    """

    places: Array
    values: Array
    category: NDArray[np.bool_]
    weights: Array
    scale: float
    noise: float
    factor: Array
    solved: Array

    def predict(self, places: Array) -> tuple[Array, Array]:
        """Mean and standard deviation of the noiseless value at (m, d) points, each (m,)."""
        shared = self.scale * _matern(_distances(places, self.places, self.weights, self.category))
        left = solve_triangular(self.factor, shared.T, lower=True, check_finite=False)
        variance = self.scale - (left * left).sum(axis=0)
        return shared @ self.solved, np.sqrt(np.maximum(variance, 1e-10))

    def believing(self, places: Array) -> Process:
        """As if the mean had been seen at (m, d) more points ("kriging believer", Ginsbourger et al. 2010)."""
        if not len(places):
            return self
        values = np.concatenate([self.values, self.predict(places)[0]])
        return _made(
            np.concatenate([self.places, places]),
            values,
            self.category,
            self.weights,
            self.scale,
            self.noise,
        )


def fitted(places: Array, values: Array, category: NDArray[np.bool_]) -> Process:
    """The process whose lengths, scale and noise are most probable (maximum a posteriori) for (n,)
    values.

    Matérn-5/2 kernel, a length for each coordinate (Rasmussen & Williams 2006, chapters 4.2 and
    5.4). Priors are log-normal; the lengths' median grows with the root of the dimension (Hvarfner
    et al. 2024, "Vanilla Bayesian Optimization Performs Great in High Dimensions").
    """
    d = places.shape[1]
    apart = _apart(places, category)
    median = np.array([*[math.log(_LENGTH) + 0.5 * math.log(d)] * d, 0.0, math.log(NOISE)])
    spread = np.array([*[1.0] * (d + 1), 1.5])
    limits = np.log([*[(0.05, 30.0)] * d, (0.01, 20.0), (1e-3, 2.0)])

    def cost(logs: Array) -> tuple[float, Array]:
        """Minus the logarithm of the posterior, and its gradient (Rasmussen & Williams 2006, eq.

        5.9).
        """
        weights, (scale, noise) = np.exp(-2 * logs[:d]), np.exp(logs[d:])
        r = np.sqrt(np.tensordot(weights, apart, axes=1) + 1e-12) * _ROOT5
        decay = np.exp(-r)
        matern = (1 + r + r * r / 3) * decay
        factor = np.linalg.cholesky(scale * matern + (noise + JITTER) * np.eye(len(values)))
        solved = cho_solve((factor, True), values, check_finite=False)
        inverse = cho_solve((factor, True), np.eye(len(values)), check_finite=False)
        outer = 0.5 * (np.outer(solved, solved) - inverse)
        slopes = np.tensordot(apart, outer * scale * (5 / 3) * (1 + r) * decay, axes=2) * weights
        gradient = np.array([*slopes, (outer * matern).sum() * scale, np.trace(outer) * noise])
        off = (logs - median) / spread
        likelihood = -0.5 * values @ solved - np.log(np.diag(factor)).sum()
        return -(float(likelihood) - 0.5 * float(off @ off)), -(gradient - off / spread)

    found = optimize.minimize(
        cost, median, jac=True, method="L-BFGS-B", bounds=limits, options={"maxiter": _STEPS}
    )
    scale, noise = np.exp(found.x[d:]).tolist()
    return _made(places, values, category, np.exp(-2 * found.x[:d]), scale, noise)


def _made(
    places: Array,
    values: Array,
    category: NDArray[np.bool_],
    weights: Array,
    scale: float,
    noise: float,
) -> Process:
    covariance = scale * _matern(_distances(places, places, weights, category))
    covariance += (noise + JITTER) * np.eye(len(places))
    factor = np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)
    solved: Array = cho_solve((factor, True), values, check_finite=False)
    return Process(places, values, category, weights, scale, noise, factor, solved)


def _apart(places: Array, category: NDArray[np.bool_]) -> Array:
    """(d, n, n), squared differences along each coordinate; of a category 0 or 1."""
    difference = (places[:, None, :] - places[None, :, :]).transpose(2, 0, 1)
    return np.where(category[:, None, None], (difference != 0).astype(float), difference**2)


def _distances(one: Array, other: Array, weights: Array, category: NDArray[np.bool_]) -> Array:
    """(m, n), squared weighted distances."""
    root = np.sqrt(weights[~category])
    found: Array = np.zeros((len(one), len(other)))
    if root.size:
        found += cdist(one[:, ~category] * root, other[:, ~category] * root, "sqeuclidean")
    for at in np.flatnonzero(category):
        found += weights[at] * (one[:, at, None] != other[None, :, at])
    return found


def _matern(squared: Array) -> Array:
    r = np.sqrt(squared + 1e-12) * _ROOT5
    found: Array = (1 + r + r * r / 3) * np.exp(-r)
    return found
