"""Trainer `clip`: image–text classification under class imbalance with a dual encoder.

An image is compared with a sentence about each class. Training brings the embeddings of an image
and a sentence of its class together and those of the batch's other sentences apart, with one of the
four losses of `sweep_trainers.losses.clip`. `sweep_trainers.settings.clip` describes every
parameter, and its `METRICS` every metric.

    from sweep_trainers.clip import train
    train({"loss_type": "focal", "focal_gamma": 2.0, "epochs": 15}, run)

`zero_shot` evaluates without training. With learned encoders and no `initial_weights` it measures
chance level; with `initial_weights` it evaluates a trained model on the test part of another data
set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .clip_towers import backbones, image_tower, text_tower
from .contract import Run, seeds_of, with_memory, with_preload
from .data.augmentation import augment
from .data.class_texts import DIGITS_FILE, ClassTexts, class_texts
from .data.image_features import image_features
from .data.images import load_images, stored
from .data.labelled_images import LabelledImages
from .data.pictures import FeatureRows, InMemory, OnDisk, Pictures
from .data.preloading import single_threaded
from .data.run_split import redraw_seed, write_split
from .data.sampling import epoch_batches, inverse_frequency_weights, steps_per_epoch
from .data.splits import Split, class_counts, split, write_folds_info
from .loop import (
    Batch,
    Hyperparameters,
    Weighting,
    autocast,
    evaluation,
    fit,
    make_optimizer,
    pick_device,
    seed_everything,
)
from .losses import class_weights, clip_terms, cross_entropy, make_weighting
from .losses.similarity import cosine_logits
from .metrics import classification_metrics
from .models.dual_encoder import DualEncoder, Embeddings
from .models.image_tower import FrozenTower
from .models.initial_weights import load_weights
from .settings.clip import ClipSettings

EVALUATION_BATCH = 128  # images per forward pass without gradients; they fit in a cache
BACKBONE_FILE = "backbone.json"  # names the frozen encoder of a trial


@dataclass(frozen=True)
class Part:
    """The images of one part of the data, and their labels (N,) on the training device."""

    pictures: Pictures
    labels: Tensor

    @property
    def device(self) -> torch.device:
        """Return the training device."""
        return self.labels.device


@dataclass(frozen=True)
class Data:
    """The data that a trial trains on and is evaluated on.

    `counts` (C,) are the training images of each class; `source` is the whole data set and
    `division` the indices of its parts; `sizes` are metrics with the part sizes of a varying split.
    """

    train: Part
    val: Part
    test: Part
    classes: tuple[str, ...]
    counts: Tensor
    texts: ClassTexts
    source: LabelledImages
    division: Split
    sizes: dict[str, float] = field(default_factory=dict)


def preload(config: Mapping[str, Any]) -> None:
    """Read the images that `config` names; see `sweep_trainers.contract`."""
    settings = ClipSettings.model_validate(dict(config))
    with single_threaded():
        workers = settings.num_workers if settings.image_store == "mapped" else 0
        images = read_images(settings, workers)
        if settings.duplicate_images == "refuse":
            _ = images.contents  # computes and keeps the images' hashes
        if not settings.train_image_encoder:
            _ = images.content_hash  # names the cached features


def memory(config: Mapping[str, Any]) -> str:
    """Return a sentence on the memory that the images of `config` need; see the contract."""
    settings = ClipSettings.model_validate(dict(config))
    return stored(
        settings.data,
        settings.img_size,
        settings.image_store,
        workers=settings.num_workers,
    )


@with_memory(memory)
@with_preload(preload)
def train(config: Mapping[str, Any], run: Run) -> None:
    """Train one configuration and report `METRICS` after every epoch.

    Raises:
        ValueError: a setting is unknown or out of bounds (pydantic's ValidationError), or the data
            are corrupt.
        FileNotFoundError: the data, texts or initial weights do not exist.
    """
    settings = ClipSettings.model_validate(dict(config))
    generator = seed_everything(seeds_of(run))
    data = prepare(settings, run)
    model = build(settings, data).to(data.train.device)
    data = encoded(settings, data, model, run)
    if settings.initial_weights is not None:
        load_weights(model, Path(settings.initial_weights).expanduser())

    def evaluate(model: nn.Module) -> dict[str, float]:
        return measure(model, data, settings.temperature) | data.sizes

    if settings.zero_shot:
        if run.restore(model=model) == 0:
            run.report(0, evaluation(model, evaluate, settings.precision))
        return
    weighting = term_weights(settings)
    fit(
        run,
        settings,
        model=model,
        optimizer=make_optimizer(
            settings,
            model,
            weighting,
            backbones=backbones(model),
            factor=settings.backbone_lr_factor,
        ),
        forward=lambda model, batch: model(batch["image"]),
        loss=loss,
        hyperparameters=hyperparameters(settings, data),
        batches=lambda epoch: batches(settings, data, generator),
        steps_per_epoch=steps_per_epoch(len(data.train.labels), settings.batch_size),
        evaluate=evaluate,
        generator=generator,
        weighting=weighting,
    )


def prepare(settings: ClipSettings, run: Run) -> Data:
    """Read and split the data and move them to the device; with folds, write `folds_info.json`."""
    images = read_images(settings, workers=settings.num_workers)
    parts, sizes = divide(settings, images, run)
    texts = Path(settings.class_texts).expanduser() if settings.class_texts else None
    if texts is None and settings.data == "digits":
        texts = DIGITS_FILE
    device = pick_device()

    def part(indices: NDArray[np.int64]) -> Part:
        pictures: Pictures
        if settings.image_store == "memory":
            pictures = InMemory(torch.from_numpy(images.images[indices]).to(device))
        else:
            pictures = OnDisk(images.images, indices, device, settings.num_workers)
        return Part(pictures, torch.from_numpy(images.labels[indices]).to(device))

    return Data(
        train=part(parts.train),
        val=part(parts.val),
        test=part(parts.test),
        classes=images.classes,
        counts=torch.from_numpy(class_counts(images, parts.train)),
        texts=class_texts(images.classes, texts),
        source=images,
        division=parts,
        sizes=sizes,
    )


def read_images(settings: ClipSettings, workers: int) -> LabelledImages:
    """Return the data set that `settings.data` names; it stays in memory for the next trials."""
    return load_images(
        settings.data,
        size=settings.img_size,
        workers=workers,
        data_seed=settings.data_seed,
        groups=settings.groups,
        store=settings.image_store,
    )


def divide(
    settings: ClipSettings, images: LabelledImages, run: Run
) -> tuple[Split, dict[str, float]]:
    """Return the run's split and its sizes as metrics; write a drawn split to the run's folder."""
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
        write_folds_info(
            run.folder, images, parts, fold=run.fold, folds=run.folds, data_seed=seed
        )
    metrics = write_split(run, sizes, redraw=redraw, data_seed=settings.data_seed)
    return parts, metrics


def build(settings: ClipSettings, data: Data) -> DualEncoder:
    """Return the model; torch's global generator draws its initial weights."""
    images = image_tower(
        settings.image_encoder,
        settings.image_weights,
        data.train.pictures,
        width=settings.width,
        embedding_dim=settings.embedding_dim,
        trained=settings.train_image_encoder,
    )
    sentences, texts = text_tower(
        settings.text_encoder,
        data.texts,
        embedding_dim=settings.embedding_dim,
        trained=settings.train_text_encoder,
    )
    return DualEncoder(images, sentences, texts, data.texts.class_average())


def encoded(settings: ClipSettings, data: Data, model: DualEncoder, run: Run) -> Data:
    """Return the data with the images replaced by the features of a frozen image encoder.

    With augmentation the data are returned as they are: augmented images have other features in
    every epoch.
    """
    tower = model.image_encoder
    if not isinstance(tower, FrozenTower):
        return data
    description = {
        "image_encoder": settings.image_encoder,
        "image_weights": settings.image_weights,
        "sha256": tower.digest,
    }
    run.folder.mkdir(parents=True, exist_ok=True)
    (run.folder / BACKBONE_FILE).write_bytes(
        orjson.dumps(description, option=orjson.OPT_INDENT_2)
    )
    if settings.augmentation != "none" or settings.horizontal_flip:
        return data
    device = data.train.device
    with autocast(settings.precision, device):
        features = image_features(
            data.source,
            tower.features,
            features=tower.head.in_features,
            encoder={
                "name": settings.image_encoder,
                "weights": tower.digest,
                "precision": settings.precision,
            },
            device=device,
            workers=settings.num_workers,
        )

    def part(images: Part, indices: NDArray[np.int64]) -> Part:
        return Part(FeatureRows(features[indices].to(device)), images.labels)

    division = data.division
    return replace(
        data,
        train=part(data.train, division.train),
        val=part(data.val, division.val),
        test=part(data.test, division.test),
    )


def batches(
    settings: ClipSettings, data: Data, generator: torch.Generator
) -> Iterator[Batch]:
    """Yield the batches of one epoch: images, labels, and a sentence of each image's class.

    All random choices are drawn with `generator`.
    """
    labels = data.train.labels.cpu()
    weights = None
    if settings.use_weighted_sampling:
        weights = inverse_frequency_weights(labels, settings.weight_smooth_factor)
    batch_indices = epoch_batches(len(labels), settings.batch_size, generator, weights)
    batch_images = data.train.pictures.drawn(batch_indices)
    for indices, images in zip(batch_indices, batch_images, strict=True):
        sentence = data.texts.draw(labels[indices], generator)
        yield {
            "image": augment(
                images,
                settings.augmentation,
                generator,
                flip=settings.horizontal_flip,
            ),
            "label": data.train.labels[indices.to(data.train.device)],
            "sentence": sentence.to(data.train.device),
        }


def hyperparameters(settings: ClipSettings, data: Data) -> dict[str, Any]:
    """Return the arguments of the loss, with class weights if the loss type uses them."""
    weighted_focal = settings.loss_type == "focal" and settings.focal_alpha
    weights = None
    if settings.loss_type in ("weighted", "superclip") or weighted_focal:
        weights = class_weights(
            data.counts,
            settings.class_weight_method,
            beta=settings.class_weight_beta,
            names=data.classes,
        ).to(data.train.device)
    return {
        "loss_type": settings.loss_type,
        "class_weight": weights,
        "gamma": settings.focal_gamma,
        "temperature": settings.temperature,
        "multi_positive": settings.multi_positive,
        "normalize": settings.class_weight_normalize,
    }


def loss(
    outputs: Embeddings, batch: Batch, hyper: Hyperparameters
) -> dict[str, Tensor]:
    """Return the terms of the loss: `contrastive`, for superclip also `class`."""
    return clip_terms(
        image=outputs.image,
        text=outputs.sentence[batch["sentence"]],
        labels=batch["label"],
        class_text=outputs.class_text,
        **hyper,
    )


def term_weights(settings: ClipSettings) -> Weighting | None:
    """Return fixed weights for superclip's two terms; the other losses have one term."""
    if settings.loss_type != "superclip":
        return None
    initial = {
        "class": settings.class_loss_weight,
        "contrastive": settings.contrastive_loss_weight,
    }
    return make_weighting("fixed", terms=tuple(initial), initial=initial)


def measure(model: nn.Module, data: Data, temperature: float) -> dict[str, float]:
    """Classify val and test by the nearest class text and return every metric."""
    metrics = {}
    for name, part in (("val", data.val), ("test", data.test)):
        logits = torch.cat(
            [
                _class_logits(model, images, temperature)
                for images in part.pictures.in_order(EVALUATION_BATCH)
            ]
        )
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
    """Return the logits of images over the classes, (N, C)."""
    embeddings: Embeddings = model(images)
    return cosine_logits(embeddings.image, embeddings.class_text, temperature)
