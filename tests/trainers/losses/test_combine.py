"""The weights of a composite loss and their sum."""

import dataclasses
import math

import pytest
import torch

from sweep_trainers.losses import LossWeights, combine

WEIGHTS = LossWeights({"classification": 1.0, "contrastive": 0.2, "encoder": 0.03})


def terms():
    return {
        name: torch.tensor(i + 1.0, requires_grad=True)
        for i, name in enumerate(WEIGHTS)
    }


def test_total_and_every_term():
    parts = terms()
    total, monitored = combine(parts, WEIGHTS)
    assert float(total.detach()) == pytest.approx(1.0 + 0.4 + 0.09)
    assert monitored == parts
    assert not any(term.requires_grad for term in monitored.values())


def test_the_weight_is_the_factor_on_the_terms_gradient():
    parts = terms()
    total, _ = combine(parts, WEIGHTS)
    total.backward()
    assert {name: float(term.grad) for name, term in parts.items()} == pytest.approx(
        dict(WEIGHTS)
    )


def test_the_order_of_the_terms_does_not_matter():
    parts = terms()
    assert torch.equal(
        combine(dict(reversed(parts.items())), WEIGHTS)[0], combine(parts, WEIGHTS)[0]
    )


def test_weights_may_be_tensors_under_vmap():
    parts = {name: term.detach() for name, term in terms().items()}
    lambdas = torch.tensor([0.0, 0.1, 0.5])

    def total(weight):
        return combine(
            parts,
            LossWeights({"classification": 1.0, "contrastive": weight, "encoder": 0.0}),
        )[0]

    torch.testing.assert_close(torch.func.vmap(total)(lambdas), 1.0 + 2.0 * lambdas)


def test_weights_are_frozen():
    source = {"a": 1.0}
    weights = LossWeights(source)
    source["a"] = 2.0
    assert weights["a"] == 1.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        weights.weights = {}
    with pytest.raises(TypeError):
        weights.weights["a"] = 2.0


@pytest.mark.parametrize(
    "weights, message",
    [
        ({}, "at least one term"),
        ({"a": -0.1}, "weight of a must be a finite number ≥ 0, found -0.1"),
        ({"a": math.nan}, "found nan"),
        ({"a": math.inf}, "found inf"),
    ],
)
def test_refused_weights(weights, message):
    with pytest.raises(ValueError, match=message):
        LossWeights(weights)


def test_refused_terms():
    with pytest.raises(ValueError, match="missing: encoder; unknown: encoders"):
        combine(
            {
                "classification": torch.ones(()),
                "contrastive": torch.ones(()),
                "encoders": torch.ones(()),
            },
            WEIGHTS,
        )
    with pytest.raises(
        ValueError, match=r"term a must be a scalar, found shape \(2,\)"
    ):
        combine({"a": torch.ones(2)}, LossWeights({"a": 1.0}))
