"""Models of smp: their own logits, frozen encoders, dropout, what is refused."""

import pytest
import torch

from sweep_trainers.models.known_segmentation import load_segmentation_model
from tests.trainers.torchvision_operators import need

need("segmentation_models_pytorch", "timm", "torchvision")

IMAGES = torch.rand(2, 1, 32, 32, generator=torch.Generator().manual_seed(0))


def load(name="linknet/tu-test_resnet", weights="random", **changes):
    return load_segmentation_model(name, weights, 1, 5, **{"image_size": 32, **changes})


def test_the_logits_are_those_of_smps_own_model():
    import segmentation_models_pytorch as smp

    torch.manual_seed(0)
    own = smp.create_model(
        "linknet", "tu-test_resnet", encoder_weights=None, in_channels=1, classes=5
    )
    torch.manual_seed(0)
    model = load()
    assert torch.equal(model.eval()(IMAGES), own.eval()(IMAGES))


def test_dropout_acts_while_training_alone():
    model = load(dropout=0.5, trained=False)
    model.model.decoder.eval()
    model.eval()
    assert torch.equal(model(IMAGES), model(IMAGES))
    model.model.segmentation_head.train()
    assert not torch.equal(model(IMAGES), model(IMAGES))


def test_a_frozen_encoder_keeps_its_weights_and_its_statistics():
    model = load(trained=False).train()
    before = {name: value.clone() for name, value in model.encoder.state_dict().items()}
    model(IMAGES).sum().backward()
    assert all(p.grad is None for p in model.encoder.parameters())
    assert all(torch.equal(v, before[k]) for k, v in model.encoder.state_dict().items())


def test_the_encoders_weights_come_from_a_file(tmp_path):
    one = load()
    torch.save(one.encoder.state_dict(), tmp_path / "encoder.pt")
    other = load(weights=f"file:{tmp_path / 'encoder.pt'}")
    first, second = (model.encoder.state_dict() for model in (one, other))
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "unt/resnet18"}, "architectures are unet, unetplusplus"),
        ({"name": "unet"}, "expected smp:<architecture>/<encoder>"),
        ({"name": "unet/resnet19"}, "smp:unet/resnet19 with encoder_weights random"),
        (
            {"name": "unet/resnet18", "weights": "pretrained:nothing"},
            "encoder_weights pretrained:nothing",
        ),
        (
            {"name": "linknet/tu-test_resnet", "image_size": 40},
            "a multiple of 32, not 40",
        ),
    ],
)
def test_what_smp_does_not_have_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        load(**changes)


def test_a_frozen_encoder_is_no_part_of_the_state_and_the_state_goes_back():
    torch.manual_seed(0)
    model = load(trained=False).eval()
    state = model.state_dict()
    assert not any(name.startswith("model.encoder.") for name in state)
    assert len(state["encoder_hash"]) == 32
    torch.manual_seed(0)
    again = load(trained=False).eval()
    torch.nn.init.zeros_(again.model.segmentation_head[1][0].weight)
    assert not torch.equal(again(IMAGES), model(IMAGES))
    again.load_state_dict(state)
    assert torch.equal(again(IMAGES), model(IMAGES))


def test_the_state_of_another_frozen_encoder_is_refused():
    torch.manual_seed(0)
    state = load(trained=False).state_dict()
    torch.manual_seed(1)
    with pytest.raises(
        ValueError, match="not the one that this state was trained with"
    ):
        load(trained=False).load_state_dict(state)


def test_a_trained_encoder_is_part_of_the_state():
    state = load(trained=True).state_dict()
    assert any(name.startswith("model.encoder.") for name in state)
    assert "encoder_hash" not in state
