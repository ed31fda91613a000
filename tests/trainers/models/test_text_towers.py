"""Text towers of open_clip: random weights of a tiny model; features, training, what is refused."""

import json

import pytest
import torch

from sweep_trainers.models.text_towers import (
    TrainedTextTower,
    frozen_features,
    open_clip_tower,
)
from tests.trainers.torchvision_operators import need

need("open_clip", "torchvision")

SENTENCES = ("a photo of a cat", "a photo of a dog", "a drawing")
TINY = {
    "embed_dim": 12,
    "vision_cfg": {
        "image_size": 16,
        "layers": 1,
        "width": 16,
        "patch_size": 8,
        "head_width": 8,
    },
    "text_cfg": {
        "context_length": 12,
        "vocab_size": 49408,
        "width": 16,
        "heads": 2,
        "layers": 1,
    },
}


@pytest.fixture
def tiny(tmp_path):
    import open_clip

    (tmp_path / "tiny-text.json").write_text(json.dumps(TINY))
    open_clip.add_model_config(tmp_path / "tiny-text.json")
    return "tiny-text"


def test_the_features_are_those_of_open_clips_own_model(tiny):
    import open_clip

    torch.manual_seed(0)
    own = open_clip.create_model(tiny, force_custom_text=True).eval()
    torch.manual_seed(0)
    tower, tokens, size = open_clip_tower(tiny, SENTENCES)
    assert (tokens.shape, size) == ((3, 12), 12)
    with torch.no_grad():
        assert torch.equal(frozen_features(tower, tokens), own.encode_text(tokens))


def test_a_trained_tower_learns(tiny):
    tower, tokens, size = open_clip_tower(tiny, SENTENCES)
    trained = TrainedTextTower(tower, size, 4)
    trained(tokens).sum().backward()
    assert all(p.grad is not None for p in trained.backbone.parameters())


def test_weights_come_from_a_file(tiny, tmp_path):
    import open_clip

    own = open_clip.create_model(tiny).eval()
    torch.save(own.state_dict(), tmp_path / "weights.pt")
    tower, tokens, _ = open_clip_tower(f"{tiny}/{tmp_path / 'weights.pt'}", SENTENCES)
    with torch.no_grad():
        torch.testing.assert_close(
            frozen_features(tower, tokens), own.encode_text(tokens)
        )


def test_a_model_or_weights_that_open_clip_does_not_know_are_refused(tiny):
    with pytest.raises(ValueError, match=r"no such model; open_clip has .*ViT-B-32"):
        open_clip_tower("ViT-B-33", SENTENCES)
    with pytest.raises(
        ValueError, match=r"neither a file nor weights .* laion2b_s34b_b79k"
    ):
        open_clip_tower("ViT-B-32/laion", SENTENCES)
