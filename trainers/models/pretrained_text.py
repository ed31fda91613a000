"""Sentence features from a frozen pretrained text encoder, computed once per trial."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def sentence_features(name: str, sentences: Sequence[str]) -> Tensor:
    """Return the features of `sentences`, (S, E) float32, from a sentence-transformers model.

    Args:
        name: the folder of a saved model, or a name that sentence-transformers knows.
        sentences: S sentences.

    Raises:
        ValueError: sentence-transformers is not installed, or does not know the model.
    """
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise ValueError(
            f"text_encoder pretrained:{name} needs the package sentence-transformers: pip install "
            "'sweep-ablation[text]', or use text_encoder: learned"
        ) from error
    try:
        model = SentenceTransformer(name, device="cpu")
    except (OSError, ValueError) as error:
        raise ValueError(
            f"text_encoder pretrained:{name}: no such model ({error}); give the folder of a saved "
            "sentence-transformers model, or a name it can download"
        ) from error
    return torch.as_tensor(model.encode(list(sentences)), dtype=torch.float32)
