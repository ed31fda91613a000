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
# Prior median of the noise's variance, in units of the values'; a factor of 4.5 is one sd.
NOISE = 0.1
JITTER = 1e-6
_LENGTH, _ROOT5 = 0.3, math.sqrt(5)
_STEPS = 50  # of L-BFGS; a fit that is nearly there asks nearly the same question


@dataclass(frozen=True)
class Process:
    """A fitted process.

    Attributes:
        points: (n, d), coordinates as `Flat` has them.
        values: (n,), standardised by whoever fits it: mean 0, variance 1.
        category: (d,), whether a coordinate is the same or not, instead of nearer or farther.
        weights: (d,), inverse squared lengths.
        scale, noise: variances.
        factor: (n, n), the lower Cholesky factor of the values' covariance.
        solved: (n,), that covariance's inverse times the values.
    """

    points: Array
    values: Array
    category: NDArray[np.bool_]
    weights: Array
    scale: float
    noise: float
    factor: Array
    solved: Array

    def predict(self, points: Array) -> tuple[Array, Array]:
        """Mean and standard deviation of the noiseless value at (m, d) points, each (m,)."""
        shared = self.scale * _matern(
            _distances(points, self.points, self.weights, self.category)
        )
        left = solve_triangular(self.factor, shared.T, lower=True, check_finite=False)
        variance = self.scale - (left * left).sum(axis=0)
        return shared @ self.solved, np.sqrt(np.maximum(variance, 1e-10))

    def believing(self, points: Array) -> Process:
        """As if the mean had been observed at (m, d) more points.

        This is the "kriging believer" (Ginsbourger et al. 2010).
        """
        if not len(points):
            return self
        values = np.concatenate([self.values, self.predict(points)[0]])
        return _made(
            np.concatenate([self.points, points]),
            values,
            self.category,
            self.weights,
            self.scale,
            self.noise,
        )


def fitted(points: Array, values: Array, category: NDArray[np.bool_]) -> Process:
    """The process whose lengths, scale and noise are most probable (maximum a posteriori) for (n,)
    values.

    Matérn-5/2 kernel, a length for each coordinate (Rasmussen & Williams 2006, chapters 4.2 and
    5.4). Priors are log-normal; the lengths' median grows with the root of the dimension (Hvarfner
    et al. 2024, "Vanilla Bayesian Optimization Performs Great in High Dimensions").
    """
    d = points.shape[1]
    apart = _apart(points, category)
    median = np.array(
        [*[math.log(_LENGTH) + 0.5 * math.log(d)] * d, 0.0, math.log(NOISE)]
    )
    spread = np.array([*[1.0] * (d + 1), 1.5])
    limits = np.log([*[(0.05, 30.0)] * d, (0.01, 20.0), (1e-3, 2.0)])

    def cost(logs: Array) -> tuple[float, Array]:
        """Minus the logarithm of the posterior, and its gradient.

        Rasmussen & Williams 2006, equation 5.9.
        """
        weights, (scale, noise) = np.exp(-2 * logs[:d]), np.exp(logs[d:])
        r = np.sqrt(np.tensordot(weights, apart, axes=1) + 1e-12) * _ROOT5
        decay = np.exp(-r)
        matern = (1 + r + r * r / 3) * decay
        factor = np.linalg.cholesky(
            scale * matern + (noise + JITTER) * np.eye(len(values))
        )
        solved = cho_solve((factor, True), values, check_finite=False)
        inverse = cho_solve((factor, True), np.eye(len(values)), check_finite=False)
        outer = 0.5 * (np.outer(solved, solved) - inverse)
        slopes = (
            np.tensordot(apart, outer * scale * (5 / 3) * (1 + r) * decay, axes=2)
            * weights
        )
        gradient = np.array(
            [*slopes, (outer * matern).sum() * scale, np.trace(outer) * noise]
        )
        off = (logs - median) / spread
        likelihood = -0.5 * values @ solved - np.log(np.diag(factor)).sum()
        return -(float(likelihood) - 0.5 * float(off @ off)), -(gradient - off / spread)

    optimum = optimize.minimize(
        cost,
        median,
        jac=True,
        method="L-BFGS-B",
        bounds=limits,
        options={"maxiter": _STEPS},
    )
    scale, noise = np.exp(optimum.x[d:]).tolist()
    return _made(points, values, category, np.exp(-2 * optimum.x[:d]), scale, noise)


def _made(
    points: Array,
    values: Array,
    category: NDArray[np.bool_],
    weights: Array,
    scale: float,
    noise: float,
) -> Process:
    covariance = scale * _matern(_distances(points, points, weights, category))
    covariance += (noise + JITTER) * np.eye(len(points))
    factor = np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)
    solved: Array = cho_solve((factor, True), values, check_finite=False)
    return Process(points, values, category, weights, scale, noise, factor, solved)


def _apart(points: Array, category: NDArray[np.bool_]) -> Array:
    """(d, n, n), squared differences along each coordinate; of a category 0 or 1."""
    difference = (points[:, None, :] - points[None, :, :]).transpose(2, 0, 1)
    return np.where(
        category[:, None, None], (difference != 0).astype(float), difference**2
    )


def _distances(
    one: Array, other: Array, weights: Array, category: NDArray[np.bool_]
) -> Array:
    """(m, n), squared weighted distances."""
    root = np.sqrt(weights[~category])
    squared: Array = np.zeros((len(one), len(other)))
    if root.size:
        squared += cdist(
            one[:, ~category] * root, other[:, ~category] * root, "sqeuclidean"
        )
    for at in np.flatnonzero(category):
        squared += weights[at] * (one[:, at, None] != other[None, :, at])
    return squared


def _matern(squared: Array) -> Array:
    r = np.sqrt(squared + 1e-12) * _ROOT5
    correlation: Array = (1 + r + r * r / 3) * np.exp(-r)
    return correlation
