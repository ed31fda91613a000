"""Backbones of timm and torchvision: their own features, weights from a file, what is refused."""

import pytest
import torch

from sweep_trainers.models.image_backbones import load_backbone
from sweep_trainers.models.image_tower import FrozenTower, TrainedTower
from tests.trainers.torchvision_operators import need

need("timm", "torchvision")

IMAGES = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def test_the_features_of_timms_resnet18_are_timms_own():
    import timm

    torch.manual_seed(0)
    own = timm.create_model("resnet18", num_classes=0).eval()
    torch.manual_seed(0)
    backbone = load_backbone("timm:resnet18", "random")
    assert backbone.features == 512
    assert torch.equal(backbone.module.eval()(IMAGES), own(IMAGES))


def test_the_features_of_torchvisions_resnet18_are_what_its_classifier_is_given():
    from torchvision.models import get_model

    torch.manual_seed(0)
    own = get_model("resnet18", weights=None).eval()
    given = []
    own.fc.register_forward_pre_hook(lambda module, inputs: given.append(inputs[0]))
    own(IMAGES)
    torch.manual_seed(0)
    backbone = load_backbone("torchvision:resnet18", "random")
    assert torch.equal(backbone.module.eval()(IMAGES), given[0])


@pytest.mark.parametrize(
    ("name", "features"), [("mobilenet_v3_small", 1024), ("shufflenet_v2_x0_5", 1024)]
)
def test_the_last_linear_layer_of_torchvisions_classifiers_is_taken_off(name, features):
    backbone = load_backbone(f"torchvision:{name}", "random")
    assert backbone.module.eval()(IMAGES).shape == (2, features)


@pytest.mark.parametrize("library", ["timm", "torchvision"])
def test_weights_come_from_a_file_of_the_whole_classifier(tmp_path, library):
    import timm
    from torchvision.models import get_model

    make = {
        "timm": lambda: timm.create_model("resnet18", num_classes=5),
        "torchvision": lambda: get_model("resnet18", weights=None),
    }
    whole = make[library]().eval()
    torch.save(whole.state_dict(), tmp_path / "weights.pt")
    backbone = load_backbone(f"{library}:resnet18", f"file:{tmp_path / 'weights.pt'}")
    loaded = backbone.module.state_dict()
    assert loaded
    assert all(
        torch.equal(value, whole.state_dict()[name]) for name, value in loaded.items()
    )


def test_safetensors_are_read(tmp_path):
    files = pytest.importorskip(
        "safetensors.torch", reason="NOT CHECKED: safetensors missing"
    )
    backbone = load_backbone("timm:test_resnet", "random")
    files.save_file(backbone.module.state_dict(), tmp_path / "weights.safetensors")
    again = load_backbone(
        "timm:test_resnet", f"file:{tmp_path / 'weights.safetensors'}"
    )
    assert torch.equal(again.module.eval()(IMAGES), backbone.module.eval()(IMAGES))


class TestRefused:
    def test_a_model_that_the_library_does_not_have(self):
        with pytest.raises(ValueError, match="timm:resnet1 with image_weights random"):
            load_backbone("timm:resnet1", "random")
        with pytest.raises(ValueError, match="torchvision:resnet1 with"):
            load_backbone("torchvision:resnet1", "random")

    def test_a_model_without_a_linear_classifier(self):
        with pytest.raises(ValueError, match="does not end with a linear classifier"):
            load_backbone("torchvision:squeezenet1_1", "random")

    def test_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(FileNotFoundError, match=r"none\.pt does not exist"):
            load_backbone("timm:resnet18", f"file:{tmp_path / 'none.pt'}")

    def test_weights_of_another_model(self, tmp_path):
        torch.save({"a": torch.zeros(1)}, tmp_path / "weights.pt")
        with pytest.raises(ValueError, match="belongs to another model"):
            load_backbone("timm:resnet18", f"file:{tmp_path / 'weights.pt'}")


class TestTowers:
    def test_a_frozen_tower_trains_its_linear_layer_alone(self):
        tower = FrozenTower(load_backbone("timm:test_resnet", "random"), 8).train()
        before = tower.features(IMAGES)
        tower(IMAGES).sum().backward()
        assert [name for name, p in tower.named_parameters() if p.grad is not None] == [
            "head.weight",
            "head.bias",
        ]
        assert torch.equal(
            tower.features(IMAGES), before
        )  # batch norm kept its statistics

    def test_features_stand_for_images(self):
        tower = FrozenTower(load_backbone("timm:test_resnet", "random"), 8)
        assert torch.equal(tower(tower.features(IMAGES)), tower(IMAGES))

    def test_a_frozen_backbone_moves_with_its_tower(self):
        tower = FrozenTower(load_backbone("timm:test_resnet", "random"), 8).double()
        assert tower(IMAGES.double()).dtype == torch.float64

    def test_the_state_of_a_frozen_tower_is_refused_by_another_backbone(self):
        one, other = (
            FrozenTower(load_backbone("timm:test_resnet", "random"), 8)
            for _ in range(2)
        )
        one.load_state_dict(one.state_dict())
        with pytest.raises(ValueError, match="have another hash"):
            other.load_state_dict(one.state_dict())

    def test_grey_images_become_three_channels(self):
        tower = TrainedTower(load_backbone("timm:test_resnet", "random"), 8).eval()
        grey = IMAGES[:, :1]
        assert torch.equal(tower(grey), tower(grey.expand(-1, 3, -1, -1)))
