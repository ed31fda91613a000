"""Trainer `segmentation`: a compact U-Net for parsing with extreme class imbalance.

    total = ce_weight · (CE or focal) + dice_weight · Dice

`sweep_trainers.settings.segmentation` describes every parameter, its `METRICS` every metric, and
`sweep_trainers.confusion` the F-scores. The default data are SYNTHETIC faces, as `data.json` in
each trial's folder states.

    from sweep_trainers.segmentation import train
    train({"loss_type": "focal", "focal_gamma": 2.0, "dice_weight": 1.8, "attention": "lmsa"}, run)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .confusion import confusion_matrix, segmentation_scores
from .contract import Run, seeds_of, with_memory, with_preload
from .data.kept import kept
from .data.mask_augmentation import augment, mirrored_classes
from .data.preloading import single_threaded
from .data.run_split import redraw_seed, write_split
from .data.sampling import epoch_batches, steps_per_epoch
from .data.segmentation_data import (
    IGNORED,
    SegmentationData,
    Split,
    fold_of,
    redrawn,
    refuse_duplicates,
)
from .loop import (
    Batch,
    Hyperparameters,
    Weighting,
    fit,
    make_optimizer,
    pick_device,
    seed_everything,
)
from .losses import class_weights, make_weighting, segmentation_terms
from .models.known_segmentation import KnownSegmentationModel, load_segmentation_model
from .models.unet import UNet
from .settings.segmentation import SegmentationSettings

EVALUATION_BATCH = 32  # images at a time without gradients


@dataclass(frozen=True)
class Part:
    """Images (N, channels, H, W) float32 and masks (N, H, W) int64 on the training device."""

    images: Tensor
    masks: Tensor


@dataclass(frozen=True)
class Data:
    """The data that a trial trains on and is evaluated on.

    Attributes:
        train, val, test: the three sets.
        classes, small_classes: names.
        counts: training pixels of each class, (C,).
        mirror: the class of each class in a mirror image, (C,), on the device.
        sizes: metrics with the part sizes of a varying split.
    """

    train: Part
    val: Part
    test: Part
    classes: tuple[str, ...]
    small_classes: tuple[str, ...]
    counts: Tensor
    mirror: Tensor
    sizes: dict[str, float] = field(default_factory=dict)


def preload(config: Mapping[str, Any]) -> None:
    """Read, or draw, the images that `config` names; see `sweep_trainers.contract`."""
    with single_threaded():
        read_images(SegmentationSettings.model_validate(dict(config)))


def memory(config: Mapping[str, Any]) -> str:
    """The memory that the images of `config` need, as a sentence; see the contract."""
    data = read_images(SegmentationSettings.model_validate(dict(config)))
    parts = (data.train, data.val, data.test)
    room = sum(part.images.nbytes + part.masks.nbytes for part in parts)
    return (
        f"images and masks: {room / 1e6:.1f} MB ({sum(map(len, parts))} images) in"
        " memory, and once more in each trial that runs at the same time"
    )


@with_memory(memory)
@with_preload(preload)
def train(config: Mapping[str, Any], run: Run) -> None:
    """Train one configuration, reporting `METRICS` after every epoch.

    Raises:
        ValueError: a setting is unknown or out of bounds (pydantic's ValidationError), or the data
            are corrupt.
        FileNotFoundError: the data are not there, or the extra that brings them is not installed.
    """
    settings = SegmentationSettings.model_validate(dict(config))
    generator = seed_everything(seeds_of(run))
    data = prepare(settings, run)
    channels = data.train.images.shape[1]
    model = build(settings, channels, len(data.classes)).to(data.train.images.device)
    weighting = term_weights(settings)
    known = [model.encoder] if isinstance(model, KnownSegmentationModel) else []
    fit(
        run,
        settings,
        model=model,
        optimizer=make_optimizer(
            settings,
            model,
            weighting,
            backbones=known,
            factor=settings.backbone_lr_factor,
        ),
        forward=lambda model, batch: model(batch["image"]),
        loss=loss,
        hyperparameters=hyperparameters(settings, data),
        batches=lambda epoch: batches(settings, data, generator),
        steps_per_epoch=steps_per_epoch(len(data.train.images), settings.batch_size),
        evaluate=lambda model: measure(model, data) | data.sizes,
        generator=generator,
        weighting=weighting,
    )


def prepare(settings: SegmentationSettings, run: Run) -> Data:
    """Read the data, hold out the fold, move all to the device, and write `data.json`."""
    read, sizes = divide(settings, read_images(settings), run)
    write_description(run.folder, read)
    device = pick_device()

    def part(split: Split) -> Part:
        # Channels last: 1.1 to 1.4 times faster in the convolutions of small U-Nets on a CPU.
        images = torch.from_numpy(split.images).to(
            device, memory_format=torch.channels_last
        )
        return Part(images, torch.from_numpy(split.masks).to(device))

    return Data(
        train=part(read.train),
        val=part(read.val),
        test=part(read.test),
        classes=read.classes,
        small_classes=read.small_classes,
        counts=torch.from_numpy(read.pixel_counts()),
        mirror=torch.tensor(mirrored_classes(read.classes), device=device),
        sizes=sizes,
    )


def read_images(settings: SegmentationSettings) -> SegmentationData:
    """The data set that `settings.data` names; cached for the next trials of the worker."""
    data, size, seed, groups = (
        settings.data,
        settings.image_size,
        settings.data_seed,
        settings.groups,
    )
    faces = (settings.train_images, settings.val_images, settings.test_images)
    path = data.partition(":")[2]
    place = Path(path).expanduser() if path else None
    return kept(
        lambda: _read(data, size, faces, seed, groups),
        place,
        data,
        size,
        faces,
        seed,
        groups,
    )


def divide(
    settings: SegmentationSettings, data: SegmentationData, run: Run
) -> tuple[SegmentationData, dict[str, float]]:
    """The data in the run's split, and its sizes as metrics; `split.json` is written."""
    redraw = redraw_seed(settings.split, run, settings.data_seed)
    seed = settings.data_seed if redraw is None else redraw
    if redraw is not None:
        data = redrawn(data, redraw)
    divided = fold_of(data, run.fold, run.folds, seed)
    if settings.duplicate_images == "refuse":
        refuse_duplicates(divided)
    sizes = {side: len(getattr(divided, side)) for side in ("train", "val", "test")}
    metrics = write_split(run, sizes, redraw=redraw, data_seed=settings.data_seed)
    return divided, metrics


def _read(
    data: str,
    image_size: int,
    faces: tuple[int, int, int],
    seed: int,
    groups: str | None,
) -> SegmentationData:
    from .data import brain, masks
    from .data import faces as procedural

    kind, _, path = data.partition(":")
    match kind:
        case "faces":
            train, val, test = faces
            return procedural.load(
                image_size=image_size, train=train, val=val, test=test, seed=seed
            )
        case "brain":
            return brain.load(image_size=image_size)
        case "masks":
            return masks.load(
                Path(path).expanduser(), image_size=image_size, seed=seed, groups=groups
            )
    raise ValueError(f"data {data!r}: expected faces, brain or masks:<path>")


def write_description(folder: Path, data: SegmentationData) -> None:
    """Write `data.json`: whether the data are synthetic, the classes, their shares, the sizes."""
    counts = data.pixel_counts()
    description = {
        "data": data.name,
        "description": data.description,
        "synthetic": data.description.startswith("SYNTHETIC"),
        "images": {side: len(getattr(data, side)) for side in ("train", "val", "test")},
        "small_classes": data.small_classes,
        "share_of_training_pixels": dict(
            zip(data.classes, (counts / counts.sum()).tolist(), strict=True)
        ),
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data.json").write_text(
        json.dumps(description, indent=2) + "\n", encoding="utf-8"
    )


def build(settings: SegmentationSettings, channels: int, classes: int) -> nn.Module:
    """Construct the model; its initial weights come from torch's global generator."""
    kind, _, name = settings.model.partition(":")
    model: nn.Module
    if kind == "smp":
        model = load_segmentation_model(
            name,
            settings.encoder_weights,
            channels,
            classes,
            image_size=settings.image_size,
            dropout=settings.dropout,
            trained=settings.train_encoder,
        )
    else:
        model = UNet(
            channels,
            classes,
            width=settings.width,
            depth=settings.depth,
            dropout=settings.dropout,
            attention=settings.attention,
        )
    return model.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def batches(
    settings: SegmentationSettings, data: Data, generator: torch.Generator
) -> Iterator[Batch]:
    """Yield one epoch: images and masks, shuffled and augmented with `generator` alone."""
    device = data.train.images.device
    for chosen in epoch_batches(len(data.train.images), settings.batch_size, generator):
        indices = chosen.to(device)
        images, masks = augment(
            data.train.images[indices],
            data.train.masks[indices],
            settings.augmentation,
            data.mirror,
            generator,
        )
        yield {
            "image": images.contiguous(memory_format=torch.channels_last),
            "mask": masks,
        }


def hyperparameters(settings: SegmentationSettings, data: Data) -> dict[str, Any]:
    """The arguments of the loss.

    Raises:
        ValueError: `focal_alpha` has another length than there are classes.
    """
    device = data.train.images.device
    weights = None
    if settings.class_weights:
        weights = class_weights(
            data.counts, settings.class_weight_method, names=data.classes
        ).to(device)
    alpha: float | Tensor
    if isinstance(settings.focal_alpha, tuple):
        if len(settings.focal_alpha) != len(data.classes):
            raise ValueError(
                f"focal_alpha has {len(settings.focal_alpha)} factors for {len(data.classes)} "
                "classes: give one "
                f"number, or one each for {', '.join(data.classes)}"
            )
        alpha = torch.tensor(settings.focal_alpha, device=device)
    else:
        alpha = settings.focal_alpha
    return {
        "loss_type": settings.loss_type,
        "focal_gamma": settings.focal_gamma,
        "focal_alpha": alpha,
        "class_weight": weights,
    }


def loss(outputs: Tensor, batch: Batch, hyper: Hyperparameters) -> dict[str, Tensor]:
    """Terms `ce` (cross-entropy or focal) and `dice` of logits (N, C, H, W)."""
    return segmentation_terms(outputs, batch["mask"], ignore_index=IGNORED, **hyper)


def term_weights(settings: SegmentationSettings) -> Weighting:
    """Fixed weights of the two terms."""
    initial = {"ce": settings.ce_weight, "dice": settings.dice_weight}
    return make_weighting("fixed", terms=tuple(initial), initial=initial)


def measure(model: nn.Module, data: Data) -> dict[str, float]:
    """Scores of validation and test, and of as many training images as validation has."""
    metrics: dict[str, float] = {}
    for name, part in (("val", data.val), ("test", data.test)):
        objective, confusion = _evaluate(model, part, len(data.classes))
        scores = {"loss": objective} | segmentation_scores(
            confusion, data.classes, data.small_classes
        )
        metrics |= {f"{name}/{metric}": value for metric, value in scores.items()}
    # Spread over the set, not its first ones: neighbouring slices of a scan show the same few
    # classes.
    spread = torch.linspace(
        0, len(data.train.images) - 1, min(len(data.val.images), len(data.train.images))
    ).long()
    spread = spread.to(data.train.images.device)
    seen = Part(data.train.images[spread], data.train.masks[spread])
    _, confusion = _evaluate(model, seen, len(data.classes))
    metrics["train/f_score"] = segmentation_scores(
        confusion, data.classes, data.small_classes
    )["f_score"]
    return metrics


def _evaluate(model: nn.Module, part: Part, classes: int) -> tuple[float, Tensor]:
    """Plain CE + Dice as the mean over the images, and the confusion matrix.

    The loss is the same for all arms, so that it can be compared between them.
    """
    objective = torch.zeros((), device=part.images.device)
    confusion = torch.zeros(
        classes, classes, dtype=torch.int64, device=part.images.device
    )
    chunks = (
        torch.split(tensor, EVALUATION_BATCH) for tensor in (part.images, part.masks)
    )
    for images, masks in zip(*chunks, strict=True):
        logits = model(images)
        terms = segmentation_terms(logits, masks, ignore_index=IGNORED)
        objective += (terms["ce"] + terms["dice"]) * len(images)
        confusion += confusion_matrix(logits.argmax(dim=1), masks, classes, IGNORED)
    return float(objective) / len(part.images), confusion
