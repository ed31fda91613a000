"""A surrogate benchmark: predicts learning curves from those of a few hundred configurations.

    python -m benchmarks.surrogate [SPACE ...]

prints how well each surrogate predicts configurations that it was not fitted to. A model of the
trials' results replaces the trials, so that searches can be compared over many seeds in minutes
(Eggensperger et al. 2015, "Efficient Benchmarking of Hyperparameter Optimizers via Surrogates").

The tabulated curves (`benchmarks.tabulate`) are represented by a mean and a few principal
components of the logarithm of the error (plus 0.02), so that no prediction is better than perfect.
A Gaussian process over the configurations (scikit-learn's, with a Matérn 5/2 kernel, a length scale
for each coordinate, and noise) predicts each component; one more predicts the logarithm of the CPU
seconds. The residual of a tabulated curve is the noise of a real run. A search sees the predicted
curve plus the residual of one of the ten nearest tabulated configurations, which configuration and
seed choose. Noise is therefore larger where training is less stable, and it is correlated between
epochs.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import random
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import tabulate
from benchmarks.spaces import EPOCHS, SPACES, Config, Space, read
from sweep.model import domains
from sweep.model.domains import Choice, Constant, Domain
from sweep.spec import StudySpec

COMPONENTS = 5
SMALLEST = 0.02  # added to the error before the logarithm
NEAR = 10  # tabulated configurations whose residuals may be drawn
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Surrogate:
    """A model of a space's trials.

    Attributes:
        study: the study of the space.
        points: (n, d), the tabulated configurations in the unit cube.
        residuals: (n, 27), the tabulated curves minus the predicted ones.
        basis: (6, 27), the mean of the logarithms and their principal components.
        models: a Gaussian process for each component, and one for the logarithm of a trial's
            seconds.
    """

    study: StudySpec
    points: Array
    residuals: Array
    basis: Array
    models: Sequence[Any]

    def accuracies(self, config: Config, seed: int | None) -> Array:
        """Return the validation accuracy after each epoch, (27,); without noise for seed None."""
        location = point(self.study, config)
        curve = self.predicted(location[None])[0]
        if seed is None:
            return curve
        distances = ((self.points - location) ** 2).sum(axis=1)
        nearest = np.argsort(distances)[:NEAR]
        text = f"{sorted(config.items())},{seed}".encode()
        digest = hashlib.blake2b(text, digest_size=8).digest()
        drawn = random.Random(digest).choice(list(nearest))
        noisy: Array = np.clip(curve + self.residuals[drawn], 0.0, 1.0)
        return noisy

    def seconds(self, config: Config) -> float:
        """Return the CPU seconds of an epoch."""
        location = point(self.study, config)
        logarithm = float(self.models[-1].predict(location[None])[0])
        return math.exp(logarithm) / EPOCHS

    def predicted(self, points: Array) -> Array:
        """Return the mean curves at points of the unit cube, (n, 27)."""
        components = [model.predict(points) for model in self.models[:-1]]
        weights = np.stack(components, axis=1)
        errors = np.exp(self.basis[0] + weights @ self.basis[1:]) - SMALLEST
        curves: Array = np.clip(1.0 - errors, 0.0, 1.0)
        return curves


@cache
def surrogate(space: Space) -> Surrogate:
    """Return the surrogate of a space.

    Raises:
        RuntimeError: there is no table of it.
    """
    rows = tabulate.load(space.name)
    if not rows:
        raise RuntimeError(
            f"no table of {space.name}: python -m benchmarks.tabulate {space.name}"
        )
    return _fitted(read(space), rows)


def _points(study: StudySpec, rows: Sequence[dict[str, str]]) -> Array:
    """Return tabulated configurations in the unit cube, (n, d)."""
    return np.stack([point(study, configuration(study, row)) for row in rows])


def _fitted(study: StudySpec, rows: Sequence[dict[str, str]]) -> Surrogate:
    """Return a surrogate that is fitted to these rows of a table."""
    points = _points(study, rows)
    curves = curves_of(rows)
    errors = np.log(1.0 - curves + SMALLEST)
    mean = errors.mean(axis=0)
    components = np.linalg.svd(errors - mean, full_matrices=False)[2][:COMPONENTS]
    logarithms = np.log([float(row["seconds"]) for row in rows])
    targets = [*((errors - mean) @ components.T).T, logarithms]
    basis = np.stack([mean, *components])
    models = [_process(points, target) for target in targets]
    fitted = Surrogate(study, points, np.empty((0, EPOCHS)), basis, models)
    return replace(fitted, residuals=curves - fitted.predicted(points))


def _process(points: Array, target: Array) -> Any:
    """Return a Gaussian process that is fitted to one target."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    matern = Matern(np.ones(points.shape[1]), (0.1, 30.0), nu=2.5)
    kernel = ConstantKernel(1.0, (0.1, 100.0)) * matern + WhiteKernel(0.1, (1e-4, 1.0))
    with warnings.catch_warnings():
        # A length scale at its limit belongs to a coordinate without effect.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return GaussianProcessRegressor(kernel, normalize_y=True).fit(points, target)


def curves_of(rows: Sequence[dict[str, str]]) -> Array:
    """Return the tabulated curves, (n, 27)."""
    columns = [f"epoch {epoch}" for epoch in range(1, EPOCHS + 1)]
    return np.array([[float(row[column]) for column in columns] for row in rows])


def point(study: StudySpec, config: Config) -> Array:
    """Return a configuration in the unit cube.

    Numbers are on their scale, each text value is a coordinate, and inactive parameters are 0.5.
    """
    coordinates: list[float] = []
    for name, parameter in study.parameters.items():
        domain = parameter.domain
        if isinstance(domain, Choice) and isinstance(domain.choices[0], str):
            coordinates += [float(config[name] == choice) for choice in domain.choices]
        elif isinstance(domain, Constant):
            continue
        elif name in config:
            coordinates.append(_share(domain, config[name]))
        else:
            coordinates.append(0.5)
    return np.array(coordinates)


def _share(domain: Domain, value: Any) -> float:
    """Return a value's position in its domain, from 0 to 1."""
    if isinstance(domain, Choice):  # of numbers, evenly spaced or doubling
        return domain.choices.index(value) / (len(domain.choices) - 1)
    if not isinstance(domain, domains.Uniform):
        raise TypeError(f"no scale for {domain!r}")
    scale = math.log if domain.log else float
    return (scale(value) - scale(domain.low)) / (scale(domain.high) - scale(domain.low))


def configuration(study: StudySpec, row: dict[str, str]) -> dict[str, Any]:
    """Return a row of `tabulate.load` as a configuration of the study."""
    config: dict[str, Any] = {}
    for name, parameter in study.parameters.items():
        domain, text = parameter.domain, row[name]
        if text == "":
            continue
        if isinstance(domain, Choice):
            by_text = {str(choice): choice for choice in domain.choices}
            config[name] = by_text[text]
        elif isinstance(domain, Constant):
            config[name] = int(text)
        else:
            config[name] = float(text)
    return config


def prediction_quality(space: Space, folds: int = 5) -> dict[str, float]:
    """Return Spearman correlations: predicted with real best epochs, and between real epochs.

    Each configuration is predicted by a surrogate that is fitted without its fold.
    """
    rows, study = tabulate.load(space.name), read(space)
    numbers = np.arange(len(rows))
    curves, predicted = curves_of(rows), np.empty((len(rows), EPOCHS))
    for fold in range(folds):
        held_out = numbers % folds == fold
        model = _fitted(study, [rows[number] for number in numbers[~held_out]])
        held_out_rows = [rows[number] for number in numbers[held_out]]
        predicted[held_out] = model.predicted(_points(study, held_out_rows))
    best, best_predicted = curves.max(axis=1), predicted.max(axis=1)
    upper = best >= np.median(best)  # the half among which a search has to choose
    third, ninth = curves[:, 2], curves[:, 8]
    return {
        "best epoch, predicted and real": _spearman(best_predicted, best),
        "the same, better half": _spearman(best_predicted[upper], best[upper]),
        "epoch 3 and the best one, real": _spearman(third, best),
        "epoch 9 and the best one, real": _spearman(ninth, best),
        "epoch 3 and the best one, better half": _spearman(third[upper], best[upper]),
        "epoch 9 and the best one, better half": _spearman(ninth[upper], best[upper]),
    }


def _spearman(one: Array, other: Array) -> float:
    """Return Spearman's rank correlation."""
    from scipy.stats import spearmanr

    return float(spearmanr(one, other).statistic)


def main() -> None:
    """Print how well each surrogate predicts."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("spaces", nargs="*", default=list(SPACES))
    for name in parser.parse_args().spaces:
        print(f"{name}: {len(tabulate.load(name))} configurations")
        for what, correlation in prediction_quality(SPACES[name]).items():
            print(f"  {correlation:.2f}  {what}")


if __name__ == "__main__":
    main()
