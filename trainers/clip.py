"""Trainer `clip`: image–text classification under class imbalance with a dual encoder.

An image is compared with a sentence about each class; training pulls an image and a sentence of its
class together and pushes the batch's other sentences away, by one of the four losses of
`sweep_trainers.losses.clip`. Every parameter is described in `sweep_trainers.settings.clip`, every
metric in its `METRICS`.

    from sweep_trainers.clip import train
    train({"loss_type": "focal", "focal_gamma": 2.0, "epochs": 15}, run)

With the learned encoders `zero_shot` measures chance unless `initial_weights` brings a trained
model: it is the floor of a table, and the way to evaluate one model on another data set's test
part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .contract import Run, seeds_of, with_preload
from .data.augmentation import augment
from .data.class_texts import DIGITS_FILE, ClassTexts, class_texts
from .data.images import load_images
from .data.labelled_images import LabelledImages
from .data.preloading import single_threaded
from .data.run_split import redraw_seed, write_split
from .data.sampling import epoch_batches, inverse_frequency_weights, steps_per_epoch
from .data.splits import Split, class_counts, split, write_folds_info
from .loop import (
    Batch,
    Hyperparameters,
    Weighting,
    evaluation,
    fit,
    pick_device,
    seed_everything,
)
from .losses import class_weights, clip_terms, cross_entropy, make_weighting
from .losses.similarity import cosine_logits
from .metrics import classification_metrics
from .models.dual_encoder import DualEncoder, Embeddings, ImageEncoder, TextEncoder
from .models.initial_weights import load_weights
from .models.pretrained_text import sentence_features
from .settings.clip import ClipSettings

EVALUATION_BATCH = 128  # images at a time without gradients: what fits a cache
STANDARDIZE_BY = 4096  # training images are enough to know their brightness and contrast


@dataclass(frozen=True)
class Part:
    """Images (N, C, H, W) uint8 and labels (N,) on the training device."""

    images: Tensor
    labels: Tensor


@dataclass(frozen=True)
class Data:
    """Everything a trial trains on and is measured by.

    `counts` (C,) are the training images of each class; `sizes` the metrics that say how large a
    varying split is.
    """

    train: Part
    val: Part
    test: Part
    classes: tuple[str, ...]
    counts: Tensor
    texts: ClassTexts
    sizes: dict[str, float] = field(default_factory=dict)


def preload(config: Mapping[str, Any]) -> None:
    """Read the images that `config` names; see `sweep_trainers.contract`."""
    settings = ClipSettings.model_validate(dict(config))
    with single_threaded():
        images = read_images(settings, workers=0)
        if settings.duplicate_images == "refuse":
            _ = images.contents  # hashed once, too


@with_preload(preload)
def train(config: Mapping[str, Any], run: Run) -> None:
    """Train one configuration, reporting `METRICS` after every epoch.

    Raises:
        ValueError: a setting is unknown or out of bounds (pydantic's ValidationError), or the data
            are corrupt.
        FileNotFoundError: the data, texts or initial weights are not there.
    """
    settings = ClipSettings.model_validate(dict(config))
    generator = seed_everything(seeds_of(run))
    data = prepare(settings, run)
    model = build(settings, data).to(data.train.images.device)
    if settings.initial_weights is not None:
        load_weights(model, Path(settings.initial_weights).expanduser())

    def evaluate(model: nn.Module) -> dict[str, float]:
        return measure(model, data, settings.temperature) | data.sizes

    if settings.zero_shot:
        if run.restore(model=model) == 0:
            run.report(0, evaluation(model, evaluate, settings.precision))
        return
    fit(
        run,
        settings,
        model=model,
        forward=lambda model, batch: model(batch["image"]),
        loss=loss,
        hyperparameters=hyperparameters(settings, data),
        batches=lambda epoch: batches(settings, data, generator),
        steps_per_epoch=steps_per_epoch(len(data.train.labels), settings.batch_size),
        evaluate=evaluate,
        generator=generator,
        weighting=term_weights(settings),
    )


def prepare(settings: ClipSettings, run: Run) -> Data:
    """Read and split the data and move them to the device, once; with folds, write
    `folds_info.json`.
    """
    images = read_images(settings, workers=settings.num_workers)
    parts, sizes = divide(settings, images, run)
    texts = Path(settings.class_texts).expanduser() if settings.class_texts else None
    if texts is None and settings.data == "digits":
        texts = DIGITS_FILE
    device = pick_device()

    def part(indices: Any) -> Part:
        pixels, labels = (
            torch.from_numpy(images.images[indices]),
            torch.from_numpy(images.labels[indices]),
        )
        return Part(pixels.to(device), labels.to(device))

    return Data(
        train=part(parts.train),
        val=part(parts.val),
        test=part(parts.test),
        classes=images.classes,
        counts=torch.from_numpy(class_counts(images, parts.train)),
        texts=class_texts(images.classes, texts),
        sizes=sizes,
    )


def read_images(settings: ClipSettings, workers: int) -> LabelledImages:
    """The data set that `settings.data` names; kept, since a worker runs many trials on the same
    one.
    """
    return load_images(
        settings.data,
        size=settings.img_size,
        workers=workers,
        data_seed=settings.data_seed,
        groups=settings.groups,
    )


def divide(
    settings: ClipSettings, images: LabelledImages, run: Run
) -> tuple[Split, dict[str, float]]:
    """The run's split and its sizes as metrics; what was drawn is written to the run's folder."""
    redraw = redraw_seed(settings.split, run, settings.data_seed)
    seed = settings.data_seed if redraw is None else redraw
    parts = split(
        images,
        fold=run.fold,
        folds=run.folds,
        data_seed=settings.data_seed,
        redraw=redraw,
        duplicate_images=settings.duplicate_images,
    )
    sizes = {name: len(indices) for name, indices in vars(parts).items()}
    if run.fold is not None and run.folds is not None:
        write_folds_info(run.folder, images, parts, fold=run.fold, folds=run.folds, data_seed=seed)
    metrics = write_split(run, sizes, redraw=redraw, data_seed=settings.data_seed)
    return parts, metrics


def build(settings: ClipSettings, data: Data) -> DualEncoder:
    """Construct the model; its initial weights come from torch's global generator."""
    _, channels, height, width = data.train.images.shape
    image_encoder = ImageEncoder(
        channels, min(height, width), settings.width, settings.embedding_dim
    )
    every = -(-len(data.train.images) // STANDARDIZE_BY)
    image_encoder.standardize_like(pixels(data.train.images[::every].cpu()))
    kind, _, name = settings.text_encoder.partition(":")
    text_encoder: nn.Module
    if kind == "learned":
        texts = data.texts.tokens()
        text_encoder = TextEncoder(len(data.texts.vocabulary), settings.embedding_dim)
    else:
        texts = sentence_features(name, data.texts.sentences)
        text_encoder = nn.Linear(texts.shape[1], settings.embedding_dim)
    return DualEncoder(image_encoder, text_encoder, texts, data.texts.class_average())


def pixels(images: Tensor) -> Tensor:
    """Bytes to float32 in [0, 1]."""
    return images.float() / 255


def batches(settings: ClipSettings, data: Data, generator: torch.Generator) -> Iterator[Batch]:
    """Yield one epoch: images, labels, and for each image one of its class's sentences; all drawn
    with `generator`.
    """
    labels = data.train.labels.cpu()
    weights = (
        inverse_frequency_weights(labels, settings.weight_smooth_factor)
        if settings.use_weighted_sampling
        else None
    )
    for chosen in epoch_batches(len(labels), settings.batch_size, generator, weights):
        sentence = data.texts.draw(labels[chosen], generator)
        here = chosen.to(data.train.images.device)
        images = pixels(data.train.images[here])
        yield {
            "image": augment(
                images, settings.augmentation, generator, flip=settings.horizontal_flip
            ),
            "label": data.train.labels[here],
            "sentence": sentence.to(here.device),
        }


def hyperparameters(settings: ClipSettings, data: Data) -> dict[str, Any]:
    """Collect what the loss is a function of; class weights only where the loss type uses them."""
    weighted = settings.loss_type in ("weighted", "superclip") or (
        settings.loss_type == "focal" and settings.focal_alpha
    )
    weights = None
    if weighted:
        weights = class_weights(
            data.counts,
            settings.class_weight_method,
            beta=settings.class_weight_beta,
            names=data.classes,
        ).to(data.train.images.device)
    return {
        "loss_type": settings.loss_type,
        "class_weight": weights,
        "gamma": settings.focal_gamma,
        "temperature": settings.temperature,
        "multi_positive": settings.multi_positive,
        "normalize": settings.class_weight_normalize,
    }


def loss(outputs: Embeddings, batch: Batch, hyper: Hyperparameters) -> dict[str, Tensor]:
    """Terms of the loss: `contrastive`, for superclip also `class`."""
    return clip_terms(
        image=outputs.image,
        text=outputs.sentence[batch["sentence"]],
        labels=batch["label"],
        class_text=outputs.class_text,
        **hyper,
    )


def term_weights(settings: ClipSettings) -> Weighting | None:
    """Fixed weights for superclip's two terms; the other losses have one term."""
    if settings.loss_type != "superclip":
        return None
    initial = {"class": settings.class_loss_weight, "contrastive": settings.contrastive_loss_weight}
    return make_weighting("fixed", terms=tuple(initial), initial=initial)


def measure(model: nn.Module, data: Data, temperature: float) -> dict[str, float]:
    """Classify val and test by the nearest class text and compute every metric."""
    metrics = {}
    for name, part in (("val", data.val), ("test", data.test)):
        chunks = torch.split(part.images, EVALUATION_BATCH)
        logits = torch.cat([_class_logits(model, images, temperature) for images in chunks])
        metrics[f"{name}/loss"] = float(cross_entropy(logits, part.labels))
        values = classification_metrics(
            logits.softmax(dim=1).cpu().numpy(),
            part.labels.cpu().numpy(),
            data.classes,
            data.counts.numpy(),
        )
        metrics |= {f"{name}/{metric}": value for metric, value in values.items()}
    return metrics


def _class_logits(model: nn.Module, images: Tensor, temperature: float) -> Tensor:
    embeddings: Embeddings = model(pixels(images))
    return cosine_logits(embeddings.image, embeddings.class_text, temperature)
