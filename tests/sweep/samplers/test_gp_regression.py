"""The Gaussian process: against scikit-learn's, and what it learns of coordinates and
pending points."""

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from sweep.samplers.gp_regression import JITTER, fitted

NUMBERS = np.zeros(2, dtype=bool)
PLACES = np.random.default_rng(0).random((30, 2))
VALUES = np.sin(6 * PLACES[:, 0]) + 0.1 * np.random.default_rng(1).standard_normal(30)


def test_a_process_predicts_what_scikit_learn_predicts_with_its_lengths():
    process = fitted(PLACES, VALUES, NUMBERS)
    kernel = ConstantKernel(process.scale) * Matern(
        process.weights**-0.5, nu=2.5
    ) + WhiteKernel(process.noise + JITTER)
    theirs = GaussianProcessRegressor(kernel, optimizer=None).fit(PLACES, VALUES)
    asked = np.random.default_rng(2).random((20, 2))
    mean, sd = process.predict(asked)
    their_mean, their_sd = theirs.predict(asked, return_std=True)
    assert mean == pytest.approx(their_mean, abs=1e-6)
    assert sd**2 + process.noise == pytest.approx(their_sd**2, abs=1e-4)


def test_a_coordinate_without_effect_gets_a_larger_lengthscale():
    weights = fitted(PLACES, VALUES, NUMBERS).weights
    assert weights[1] < 0.2 * weights[0]


def test_the_kriging_believer_keeps_the_mean_and_reduces_the_uncertainty():
    process = fitted(PLACES, VALUES, NUMBERS)
    asked = np.array([[0.5, 0.9]])
    after = process.kriging_believer(asked)
    assert after.predict(asked)[0] == pytest.approx(process.predict(asked)[0])
    assert after.predict(asked)[1] < process.predict(asked)[1]
