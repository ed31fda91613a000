import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.func import functional_call, stack_module_state, vmap

from sweep_trainers.models.fusion import GatedFusion


def model(dimensions, classes=3, dropout=0.0):
    torch.manual_seed(0)
    return GatedFusion(dimensions, classes, code_dim=6, hidden_dim=8, dropout=dropout)


@settings(max_examples=15, deadline=None)
@given(
    widths=st.lists(st.integers(1, 7), min_size=1, max_size=5), batch=st.integers(1, 4)
)
def test_any_number_of_modalities_of_any_width(widths, batch):
    dimensions = {f"m{i}": width for i, width in enumerate(widths)}
    out = model(dimensions)(torch.randn(batch, sum(widths)))
    assert out.logits.shape == (batch, 3)
    assert out.reconstruction.shape == (batch, sum(widths))
    assert list(out.gates) == list(out.fused_from) == list(dimensions)
    assert all(gate.shape == (batch, 6) for gate in out.gates.values())
    assert all(((gate > 0) & (gate < 1)).all() for gate in out.gates.values())


@pytest.mark.parametrize("name", ["train", "keys", "a.b", "", "größe"])
def test_a_modality_may_be_called_anything(name):
    out = model({name: 2, "other": 3})(torch.randn(2, 5))
    assert set(out.gates) == {name, "other"}


def test_the_fused_code_is_what_the_gates_let_through():
    fused, codes, gates = model({"audio": 3, "text": 2}).encode(torch.randn(4, 5))
    torch.testing.assert_close(
        fused, gates[:, 0] * codes[:, 0] + gates[:, 1] * codes[:, 1]
    )


def test_a_shut_gate_keeps_its_modality_out_of_the_decision():
    fusion = model({"audio": 3, "text": 2})
    with torch.no_grad():  # the gate of audio is σ(-50) whatever the input
        fusion.gate.weight.zero_()
        fusion.gate.bias.copy_(torch.cat([torch.full((6,), -50.0), torch.zeros(6)]))
    x = torch.randn(4, 5)
    changed = torch.cat([torch.randn(4, 3), x[:, 3:]], dim=1)
    torch.testing.assert_close(fusion(x).logits, fusion(changed).logits)


def test_a_modality_is_decoded_from_its_own_columns_alone():
    fusion = model({"audio": 3, "text": 2})
    x = torch.randn(4, 5)
    changed = torch.cat([x[:, :3], torch.randn(4, 2)], dim=1)
    before, after = fusion(x).fused_from, fusion(changed).fused_from
    torch.testing.assert_close(before["audio"], after["audio"])
    assert not torch.allclose(before["text"], after["text"])


def test_classify_gives_the_logits_of_forward():
    fusion, x = model({"audio": 3, "text": 2}), torch.randn(4, 5)
    torch.testing.assert_close(fusion.classify(x), fusion(x).logits)


@pytest.mark.parametrize(
    "term", ["logits", "fused", "reconstruction", "gates", "fused_from"]
)
def test_every_output_reaches_the_shared_parameters(term):
    fusion = model({"audio": 3, "text": 2})
    value = getattr(fusion(torch.randn(4, 5)), term)
    scalar = (
        sum(v.square().sum() for v in value.values())
        if isinstance(value, dict)
        else value.square().sum()
    )
    gradients = torch.autograd.grad(
        scalar, fusion.shared_parameters(), allow_unused=True
    )
    assert any(g is not None and g.abs().sum() > 0 for g in gradients)


def test_several_models_run_as_one_under_vmap():
    models = [
        GatedFusion({"audio": 3, "text": 2}, 3, code_dim=6, hidden_dim=8, dropout=0.0)
        for _ in range(3)
    ]
    parameters, buffers = stack_module_state(models)
    x = torch.randn(4, 5)
    together = vmap(lambda p, b: functional_call(models[0], (p, b), (x,)).logits)(
        parameters, buffers
    )
    torch.testing.assert_close(together, torch.stack([m(x).logits for m in models]))
