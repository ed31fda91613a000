"""Gaussian-process regression over the points of a flat space, with priors for few points.

It uses only NumPy and SciPy. Unlike Optuna's, it covers conditional parameters and does not import
PyTorch into the driver.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy  # its parts are imported when they are used
from numpy.typing import NDArray

Array = NDArray[np.float64]
# Prior median of the noise's variance, in units of the values'; a factor of 4.5 is one sd.
NOISE = 0.1
JITTER = 1e-6
_LENGTH, _ROOT5 = 0.3, math.sqrt(5)
# of L-BFGS; a fit that is nearly converged gives nearly the same suggestion
_STEPS = 50


@dataclass(frozen=True)
class GaussianProcess:
    """A fitted process.

    Attributes:
        points: (n, d), coordinates of `FlatSpace`.
        values: (n,), standardised by the caller: mean 0, variance 1.
        category: (d,), whether a coordinate is a category, whose values are only equal or not.
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
        distances = _distances(points, self.points, self.weights, self.category)
        cross = self.scale * _matern(distances)
        half = scipy.linalg.solve_triangular(
            self.factor, cross.T, lower=True, check_finite=False
        )
        variance = self.scale - (half * half).sum(axis=0)
        return cross @ self.solved, np.sqrt(np.maximum(variance, 1e-10))

    def kriging_believer(self, points: Array) -> GaussianProcess:
        """The process as if its mean had been observed at (m, d) more points.

        This is the "kriging believer" (Ginsbourger et al. 2010).
        """
        if not len(points):
            return self
        values = np.concatenate([self.values, self.predict(points)[0]])
        return _process(
            np.concatenate([self.points, points]),
            values,
            self.category,
            self.weights,
            self.scale,
            self.noise,
        )


def fitted(
    points: Array, values: Array, category: NDArray[np.bool_]
) -> GaussianProcess:
    """The process with the maximum a posteriori lengths, scale and noise for (n,) values.

    Matérn-5/2 kernel with a length for each coordinate (Rasmussen & Williams 2006, chapters 4.2 and
    5.4). Priors are log-normal; the lengths' median grows with the root of the dimension (Hvarfner
    et al. 2024, "Vanilla Bayesian Optimization Performs Great in High Dimensions").
    """
    d = points.shape[1]
    squared = _squared_differences(points, category)
    log_length = math.log(_LENGTH) + 0.5 * math.log(d)
    median = np.array([*[log_length] * d, 0.0, math.log(NOISE)])
    spread = np.array([*[1.0] * (d + 1), 1.5])
    limits = np.log([*[(0.05, 30.0)] * d, (0.01, 20.0), (1e-3, 2.0)])

    def cost(logs: Array) -> tuple[float, Array]:
        """Minus the logarithm of the posterior, and its gradient.

        Rasmussen & Williams 2006, equation 5.9.
        """
        weights, (scale, noise) = np.exp(-2 * logs[:d]), np.exp(logs[d:])
        r = np.sqrt(np.tensordot(weights, squared, axes=1) + 1e-12) * _ROOT5
        decay = np.exp(-r)
        matern = (1 + r + r * r / 3) * decay
        identity = np.eye(len(values))
        factor = np.linalg.cholesky(scale * matern + (noise + JITTER) * identity)
        solved = scipy.linalg.cho_solve((factor, True), values, check_finite=False)
        inverse = scipy.linalg.cho_solve((factor, True), identity, check_finite=False)
        outer = 0.5 * (np.outer(solved, solved) - inverse)
        by_distance = outer * scale * (5 / 3) * (1 + r) * decay
        slopes = np.tensordot(squared, by_distance, axes=2) * weights
        by_scale = (outer * matern).sum() * scale
        gradient = np.array([*slopes, by_scale, np.trace(outer) * noise])
        deviation = (logs - median) / spread
        likelihood = -0.5 * values @ solved - np.log(np.diag(factor)).sum()
        log_posterior = float(likelihood) - 0.5 * float(deviation @ deviation)
        return -log_posterior, -(gradient - deviation / spread)

    optimum = scipy.optimize.minimize(
        cost,
        median,
        jac=True,
        method="L-BFGS-B",
        bounds=limits,
        options={"maxiter": _STEPS},
    )
    scale, noise = np.exp(optimum.x[d:]).tolist()
    return _process(points, values, category, np.exp(-2 * optimum.x[:d]), scale, noise)


def _process(
    points: Array,
    values: Array,
    category: NDArray[np.bool_],
    weights: Array,
    scale: float,
    noise: float,
) -> GaussianProcess:
    """A process with these hyperparameters, conditioned on the values at the points."""
    covariance = scale * _matern(_distances(points, points, weights, category))
    covariance += (noise + JITTER) * np.eye(len(points))
    factor = np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)
    solved: Array = scipy.linalg.cho_solve((factor, True), values, check_finite=False)
    return GaussianProcess(
        points, values, category, weights, scale, noise, factor, solved
    )


def _squared_differences(points: Array, category: NDArray[np.bool_]) -> Array:
    """(d, n, n), squared differences along each coordinate; 0 or 1 for a category."""
    difference = (points[:, None, :] - points[None, :, :]).transpose(2, 0, 1)
    return np.where(
        category[:, None, None], (difference != 0).astype(float), difference**2
    )


def _distances(
    first: Array, second: Array, weights: Array, category: NDArray[np.bool_]
) -> Array:
    """(m, n), squared weighted distances."""
    root = np.sqrt(weights[~category])
    squared: Array = np.zeros((len(first), len(second)))
    if root.size:
        squared += scipy.spatial.distance.cdist(
            first[:, ~category] * root, second[:, ~category] * root, "sqeuclidean"
        )
    for coordinate in np.flatnonzero(category):
        squared += weights[coordinate] * (
            first[:, coordinate, None] != second[None, :, coordinate]
        )
    return squared


def _matern(squared: Array) -> Array:
    """The correlations of a Matérn 5/2 kernel at squared distances."""
    r = np.sqrt(squared + 1e-12) * _ROOT5
    correlation: Array = (1 + r + r * r / 3) * np.exp(-r)
    return correlation
