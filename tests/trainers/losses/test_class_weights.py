"""Class weights: three methods, mean 1 over the classes present, absent classes named."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

from sweep_trainers.losses import (
    CLASS_WEIGHT_METHODS,
    AbsentClassWarning,
    class_counts,
    class_weights,
)

counts = st.lists(st.integers(1, 100_000), min_size=1, max_size=12)
methods = st.sampled_from(CLASS_WEIGHT_METHODS)
SKIN_LESIONS = [6705, 1113, 1099, 514, 327, 142, 115]


@given(counts, methods)
def test_mean_is_one(n, method):
    assert class_weights(n, method).mean() == pytest.approx(1.0, rel=1e-5)


@given(counts, methods)
def test_rarer_never_weighs_less(n, method):
    order = np.argsort(n)
    assert np.all(np.diff(class_weights(n, method).numpy()[order]) <= 1e-6)


@given(st.permutations(range(7)), methods)
def test_permuting_classes_permutes_weights(order, method):
    weights = class_weights(SKIN_LESIONS, method)
    torch.testing.assert_close(
        class_weights([SKIN_LESIONS[c] for c in order], method), weights[list(order)]
    )


@given(counts, st.integers(2, 50))
def test_inverse_and_its_root_depend_on_proportions_only(n, factor):
    for method in ("inverse", "sqrt_inverse"):
        torch.testing.assert_close(
            class_weights([factor * c for c in n], method), class_weights(n, method)
        )


def test_inverse_is_sklearn_balanced_up_to_a_factor():
    labels = np.repeat(np.arange(7), SKIN_LESIONS)
    balanced = compute_class_weight("balanced", classes=np.arange(7), y=labels)
    np.testing.assert_allclose(
        class_weights(SKIN_LESIONS, "inverse"), balanced / balanced.mean(), rtol=1e-6
    )


def test_sqrt_inverse_is_the_root_of_sklearn_balanced_up_to_a_factor():
    labels = np.repeat(np.arange(7), SKIN_LESIONS)
    root = np.sqrt(compute_class_weight("balanced", classes=np.arange(7), y=labels))
    np.testing.assert_allclose(
        class_weights(SKIN_LESIONS, "sqrt_inverse"), root / root.mean(), rtol=1e-6
    )


@pytest.mark.parametrize("beta", [0.9, 0.999, 0.9999])
def test_effective_number_of_samples(beta):
    raw = np.array([(1 - beta) / (1 - beta**n) for n in SKIN_LESIONS])
    np.testing.assert_allclose(
        class_weights(SKIN_LESIONS, "effective", beta=beta), raw / raw.mean(), rtol=1e-5
    )


def test_effective_runs_from_uniform_to_inverse():
    torch.testing.assert_close(
        class_weights(SKIN_LESIONS, "effective", beta=0.0), torch.ones(7)
    )
    nearly = class_weights(SKIN_LESIONS, "effective", beta=1 - 1e-12)
    torch.testing.assert_close(
        nearly, class_weights(SKIN_LESIONS, "inverse"), rtol=1e-4, atol=0
    )


@pytest.mark.parametrize("method", CLASS_WEIGHT_METHODS)
def test_absent_class_weighs_nothing_and_is_named(method):
    with pytest.warns(AbsentClassWarning, match="VASC"):
        weights = class_weights([90, 10, 0], method, names=["NV", "DF", "VASC"])
    assert weights[2] == 0
    torch.testing.assert_close(weights[:2], class_weights([90, 10], method))


def test_one_class_weighs_one():
    assert class_weights([3]).tolist() == [1.0]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (
            {"counts": [1, 2], "method": "inverted"},
            "did you mean 'inverse'.*sqrt_inverse",
        ),
        (
            {"counts": [1, 2], "method": "effective", "beta": 1.0},
            r"\[0, 1\), found 1.0",
        ),
        ({"counts": [0, 0]}, "every class count is 0"),
        ({"counts": [1, -2]}, "≥ 0"),
        ({"counts": [1, 2], "names": ["a"]}, "1 class names for 2 classes"),
    ],
)
def test_refusals_say_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        class_weights(**arguments)


class TestClassCounts:
    def test_indices_of_any_shape_without_the_ignored(self):
        labels = torch.tensor([[0, 2, 2], [-100, 1, 2]])
        assert class_counts(labels, 4).tolist() == [1, 1, 3, 0]

    def test_multi_label_matrix(self):
        assert class_counts(torch.tensor([[1.0, 0.0], [1.0, 1.0]]), 2).tolist() == [
            2,
            1,
        ]

    def test_label_out_of_range(self):
        with pytest.raises(ValueError, match=r"0 to 2.*found -1 to 3"):
            class_counts(torch.tensor([0, 3, -1]), 3)

    def test_matrix_of_another_width(self):
        with pytest.raises(ValueError, match=r"\(N, 3\), found \(4, 2\)"):
            class_counts(torch.zeros(4, 2), 3)
