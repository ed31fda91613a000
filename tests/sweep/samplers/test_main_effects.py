"""Importance is right to 0.05 for known functions of three inputs with 200 evaluations."""

import numpy as np
import pytest

from sweep.errors import UsageError
from sweep.samplers.main_effects import Input, main_effects

TRIALS = 200
ALLOWED = 0.05

KNOWN = {
    "a sum": (lambda a, b, c: 3 * a + b, (0.9, 0.1, 0.0)),
    "three alike": (lambda a, b, c: a + b + c, (1 / 3, 1 / 3, 1 / 3)),
    "one alone": (lambda a, b, c: a, (1.0, 0.0, 0.0)),
    "a pure interaction": (lambda a, b, c: (a - 0.5) * (b - 0.5), (0.0, 0.0, 0.0)),
    "a step": (lambda a, b, c: 3.0 * (a < 0.5) + b, (27 / 28, 1 / 28, 0.0)),
    # Ishigami's function, a = 7, b = 0.1: Saltelli et al. (2000), "Sensitivity Analysis".
    "waves": (
        lambda a, b, c: (
            np.sin(np.pi * (2 * a - 1))
            + 7 * np.sin(np.pi * (2 * b - 1)) ** 2
            + 0.1 * (np.pi * (2 * c - 1)) ** 4 * np.sin(np.pi * (2 * a - 1))
        ),
        (0.3139, 0.4424, 0.0),
    ),
}


def evaluations(function, seed):
    columns = np.random.default_rng(seed).random((3, TRIALS))
    return [Input(column) for column in columns], function(*columns)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", KNOWN)
def test_main_effects_of_known_functions(name, seed):
    function, true = KNOWN[name]
    inputs, values = evaluations(function, seed)
    assert main_effects(inputs, values) == pytest.approx(true, abs=ALLOWED)


def test_noise_explains_nothing_and_halves_what_is_explained():
    inputs, signal = evaluations(lambda a, b, c: a + b, 2)
    noise = np.random.default_rng(7).normal(
        0, np.sqrt(1 / 6), TRIALS
    )  # variance of a + b is 1/6
    assert main_effects(inputs, noise) == pytest.approx([0, 0, 0], abs=ALLOWED)
    assert main_effects(inputs, signal + noise) == pytest.approx(
        [0.25, 0.25, 0], abs=0.08
    )


def test_main_effects_of_unordered_levels():
    generator = np.random.default_rng(3)
    level, number = generator.integers(3, size=TRIALS), generator.random(TRIALS)
    values = 1.0 * (level == 2) + number
    shares = main_effects([Input(level, levels=3), Input(number)], values)
    explained = np.array([2 / 9, 1 / 12])
    assert shares == pytest.approx(explained / explained.sum(), abs=ALLOWED)


def test_a_stepped_input_is_averaged_over_its_steps():
    generator = np.random.default_rng(4)
    step, number = generator.integers(2, size=TRIALS) / 1.0, generator.random(TRIALS)
    shares = main_effects(
        [Input(step, support=(0.0, 1.0)), Input(number)], step + number
    )
    explained = np.array([1 / 4, 1 / 12])
    assert shares == pytest.approx(explained / explained.sum(), abs=ALLOWED)


def test_where_all_values_are_equal_nothing_explains_anything():
    inputs, values = evaluations(lambda a, b, c: 0 * a + 0.5, 0)
    assert main_effects(inputs, values).tolist() == [0, 0, 0]


def test_the_unit_of_the_values_does_not_matter():
    inputs, values = evaluations(KNOWN["a step"][0], 5)
    assert main_effects(inputs, 1e6 * values - 1e9) == pytest.approx(
        main_effects(inputs, values), abs=0.01
    )


@pytest.mark.parametrize("values", [[1.0], [1.0, np.nan], [1.0, 2.0, 3.0]])
def test_inputs_and_values_of_different_lengths_are_refused(values):
    with pytest.raises(UsageError, match="importance needs"):
        main_effects([Input([0.1, 0.2])], values)
