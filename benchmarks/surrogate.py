"""Learning curves of any configuration of a search, from the real ones of a few hundred: a
surrogate benchmark.

    python -m benchmarks.surrogate [SPACE ...]

prints how well each surrogate foretells configurations that it was not made from. Eggensperger et
al. 2015, "Efficient Benchmarking of Hyperparameter Optimizers via Surrogates", is the idea: a model
of what trials would have given replaces the trials, so that searches can be compared over many
seeds in minutes.

The tabulated curves (`benchmarks.tabulate`), as logarithms of the error (plus 0.02), so that
nothing foretold is better than perfect, are written as a mean and a few principal components. A
Gaussian process over the configurations (Matérn 5/2, a length for each coordinate, noise;
scikit-learn's) foretells each component, and one more the logarithm of the CPU-seconds. What the
model leaves of a tabulated curve is the noise of a real run: a search sees the foretold curve and
what is left of one of the ten nearest tabulated configurations, drawn by the configuration and the
seed. So noise is larger where training is less stable, and goes on from epoch to epoch.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import random
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
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
SMALLEST = 0.02  # error that is added before the logarithm is taken
NEAR = 10
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Surrogate:
    """A model of a search's trials.

    Attributes:
        places: (n, d), the tabulated configurations as points of the unit cube.
        left: (n, 27), what the model leaves of their curves.
        basis: (6, 27), the mean of the logarithms and their principal components.
        models: a Gaussian process a component, and one for the logarithm of the seconds of a trial.
    """

    study: StudySpec
    places: Array
    left: Array
    basis: Array
    models: Sequence[Any]

    def accuracies(self, config: Config, seed: int | None) -> Array:
        """Validation accuracy after each epoch, (27,); without noise where the seed is None."""
        place = point(self.study, config)
        curve = self.foretold(place[None])[0]
        if seed is None:
            return curve
        nearest = np.argsort(((self.places - place) ** 2).sum(axis=1))[:NEAR]
        text = f"{sorted(config.items())},{seed}".encode()
        drawn = random.Random(hashlib.blake2b(text, digest_size=8).digest()).choice(
            list(nearest)
        )
        noisy: Array = np.clip(curve + self.left[drawn], 0.0, 1.0)
        return noisy

    def seconds(self, config: Config) -> float:
        """CPU-seconds of an epoch."""
        logarithm = float(self.models[-1].predict(point(self.study, config)[None])[0])
        return math.exp(logarithm) / EPOCHS

    def foretold(self, places: Array) -> Array:
        """The mean curves at some points, (n, 27)."""
        weights = np.stack(
            [model.predict(places) for model in self.models[:-1]], axis=1
        )
        errors = np.exp(self.basis[0] + weights @ self.basis[1:]) - SMALLEST
        curves: Array = np.clip(1.0 - errors, 0.0, 1.0)
        return curves


@cache
def surrogate(space: Space) -> Surrogate:
    """The surrogate of a search.

    Raises:
        RuntimeError: there is no table of it.
    """
    rows = tabulate.load(space.name)
    if not rows:
        raise RuntimeError(
            f"no table of {space.name}: python -m benchmarks.tabulate {space.name}"
        )
    return _fitted(read(space), rows)


def _fitted(study: StudySpec, rows: Sequence[dict[str, str]]) -> Surrogate:
    places = np.stack([point(study, configuration(study, row)) for row in rows])
    curves = curves_of(rows)
    errors = np.log(1.0 - curves + SMALLEST)
    mean = errors.mean(axis=0)
    components = np.linalg.svd(errors - mean, full_matrices=False)[2][:COMPONENTS]
    logarithms = np.log([float(row["seconds"]) for row in rows])
    targets = [*((errors - mean) @ components.T).T, logarithms]
    basis = np.stack([mean, *components])
    made = Surrogate(
        study,
        places,
        np.empty((0, EPOCHS)),
        basis,
        [_process(places, target) for target in targets],
    )
    return Surrogate(study, places, curves - made.foretold(places), basis, made.models)


def _process(places: Array, target: Array) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    lengths = Matern(np.ones(places.shape[1]), (0.1, 30.0), nu=2.5)
    kernel = ConstantKernel(1.0, (0.1, 100.0)) * lengths + WhiteKernel(0.1, (1e-4, 1.0))
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ConvergenceWarning
        )  # lengths at their limit: a coordinate that means nothing
        return GaussianProcessRegressor(kernel, normalize_y=True).fit(places, target)


def curves_of(rows: Sequence[dict[str, str]]) -> Array:
    """The tabulated curves, (n, 27)."""
    return np.array(
        [
            [float(row[f"epoch {epoch}"]) for epoch in range(1, EPOCHS + 1)]
            for row in rows
        ]
    )


def point(study: StudySpec, config: Config) -> Array:
    """A configuration in the unit cube: numbers on their scale, words one coordinate
    each, what is not there 0.5.
    """
    found: list[float] = []
    for name, parameter in study.parameters.items():
        domain = parameter.domain
        if isinstance(domain, Choice) and isinstance(domain.choices[0], str):
            found += [float(config[name] == choice) for choice in domain.choices]
        elif not isinstance(domain, Constant):
            found.append(_share(domain, config[name]) if name in config else 0.5)
    return np.array(found)


def _share(domain: Domain, value: Any) -> float:
    if isinstance(domain, Choice):  # of numbers, evenly spaced or doubling
        return domain.choices.index(value) / (len(domain.choices) - 1)
    if not isinstance(domain, domains.Uniform):
        raise TypeError(f"no scale for {domain!r}")
    scale = math.log if domain.log else float
    return (scale(value) - scale(domain.low)) / (scale(domain.high) - scale(domain.low))


def configuration(study: StudySpec, row: dict[str, str]) -> dict[str, Any]:
    """A tabulated configuration as the study has it; `row` as `tabulate.load` gives it."""
    found: dict[str, Any] = {}
    for name, parameter in study.parameters.items():
        domain = parameter.domain
        if row[name] == "":
            continue
        if isinstance(domain, Choice):
            found[name] = next(
                choice for choice in domain.choices if str(choice) == row[name]
            )
        else:
            found[name] = (
                int(row[name]) if isinstance(domain, Constant) else float(row[name])
            )
    return found


def foretelling(space: Space, folds: int = 5) -> dict[str, float]:
    """Spearman correlations over the table: the last epoch foretold for configurations
    left out, and between epochs.
    """
    from scipy.stats import spearmanr

    rows, study = tabulate.load(space.name), read(space)
    curves, foretold = curves_of(rows), np.empty((len(rows), EPOCHS))
    for fold in range(folds):
        left_out = [row for number, row in enumerate(rows) if number % folds == fold]
        model = _fitted(
            study, [row for number, row in enumerate(rows) if number % folds != fold]
        )
        foretold[fold::folds] = model.foretold(
            np.stack([point(study, configuration(study, row)) for row in left_out])
        )
    best = curves.max(axis=1)
    upper = best >= np.median(best)  # where a search has to choose
    return {
        "best epoch, foretold and real": float(
            spearmanr(foretold.max(axis=1), best).statistic
        ),
        "the same, better half": float(
            spearmanr(foretold[upper].max(axis=1), best[upper]).statistic
        ),
        "epoch 3 and the best one, real": float(
            spearmanr(curves[:, 2], best).statistic
        ),
        "epoch 9 and the best one, real": float(
            spearmanr(curves[:, 8], best).statistic
        ),
        "epoch 3 and the best one, better half": float(
            spearmanr(curves[upper, 2], best[upper]).statistic
        ),
        "epoch 9 and the best one, better half": float(
            spearmanr(curves[upper, 8], best[upper]).statistic
        ),
    }


def main() -> None:
    """Print how well each surrogate foretells."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("spaces", nargs="*", default=list(SPACES))
    for name in parser.parse_args().spaces:
        print(f"{name}: {len(tabulate.load(name))} configurations")
        for what, correlation in foretelling(SPACES[name]).items():
            print(f"  {correlation:.2f}  {what}")


if __name__ == "__main__":
    main()
