"""Gate regularisation: zero at one half, growing away from it, a sum over gates."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from sweep_trainers.losses import GATE_REGULARIZATIONS, gate_regularization

kinds = pytest.mark.parametrize("kind", GATE_REGULARIZATIONS)
gate_values = st.floats(0.001, 0.999)


def gates():
    generator = torch.Generator().manual_seed(0)
    return [
        torch.rand(4, width, generator=generator, dtype=torch.float64)
        for width in (1, 3)
    ]


def test_half_is_the_sum_of_the_mean_squares():
    first, second = gates()
    expected = ((first - 0.5) ** 2).mean() + ((second - 0.5) ** 2).mean()
    torch.testing.assert_close(gate_regularization([first, second]), expected)


def test_entropy_is_the_divergence_from_a_fair_coin():
    gate = gates()[1]
    coins = torch.stack([gate, 1 - gate]).numpy()
    expected = entropy(coins, [[[0.5]], [[0.5]]]).mean()
    assert float(gate_regularization([gate], kind="entropy")) == pytest.approx(expected)


@kinds
def test_zero_at_one_half_alone(kind):
    half = torch.full((3, 2), 0.5, dtype=torch.float64, requires_grad=True)
    loss = gate_regularization([half, half], kind=kind)
    assert loss.abs() < 1e-15
    assert torch.autograd.grad(loss, half)[0].abs().max() < 1e-15


@kinds
@given(gate_values)
def test_symmetric_and_positive(kind, g):
    one, other = (
        gate_regularization([torch.tensor([x], dtype=torch.float64)], kind=kind)
        for x in (g, 1 - g)
    )
    torch.testing.assert_close(one, other, atol=1e-12, rtol=1e-9)
    assert one >= -1e-15


def test_entropy_is_twice_the_square_near_one_half():
    near = [torch.tensor([0.501], dtype=torch.float64)]
    ratio = gate_regularization(near, kind="entropy") / gate_regularization(near)
    assert float(ratio) == pytest.approx(2.0, rel=1e-4)


@kinds
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_shut_and_open_gates_are_finite(kind, dtype):
    gate = torch.tensor([0.0, 1.0, 0.5], dtype=dtype, requires_grad=True)
    loss = gate_regularization([gate], kind=kind)
    loss.backward()
    assert loss.dtype == torch.float32
    assert 0 < loss < math.log(2)
    assert gate.grad.isfinite().all()


@kinds
def test_gradcheck(kind):
    assert torch.autograd.gradcheck(
        lambda *g: gate_regularization(g, kind=kind),
        [gate.requires_grad_() for gate in gates()],
    )


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"gates": gates(), "kind": "halve"}, "did you mean 'half'"),
        ({"gates": []}, "at least one non-empty gate"),
        ({"gates": [torch.zeros(0, 1)]}, r"\(0, 1\)"),
    ],
)
def test_refusals_say_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        gate_regularization(**arguments)
