"""Trainer `segmentation`: a compact U-Net for parsing with extreme class imbalance.

    total = ce_weight · (CE or focal) + dice_weight · Dice

`sweep_trainers.settings.segmentation` describes every parameter, its `METRICS` describe every
metric, and `sweep_trainers.confusion` defines the F-scores. The default data are SYNTHETIC faces;
`data.json` in each trial's folder says so.

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
from .data.image_stores import room_of
from .data.kept import kept
from .data.mask_augmentation import augment, mirrored_classes
from .data.masked_pictures import MaskedPictures, pictures_of
from .data.pair_files import CHANNELS
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
from .data.stored_pairs import StoredSplit
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

EVALUATION_BATCH = 32  # images per forward pass without gradients


@dataclass(frozen=True)
class Data:
    """The data that a trial trains on and is evaluated on.

    Attributes:
        train, val, test: the three sets.
        classes, small_classes: names.
        counts: training pixels of each class, (C,).
        mirror: for each class its class in a mirror image (left eye → right eye), (C,), on the
            device.
        sizes: metrics with the part sizes of a varying split.
    """

    train: MaskedPictures
    val: MaskedPictures
    test: MaskedPictures
    classes: tuple[str, ...]
    small_classes: tuple[str, ...]
    counts: Tensor
    mirror: Tensor
    sizes: dict[str, float] = field(default_factory=dict)


def preload(config: Mapping[str, Any]) -> None:
    """Read or draw the images that `config` names; see `sweep_trainers.contract`."""
    with single_threaded():
        settings = SegmentationSettings.model_validate(dict(config))
        # Only processes decode here: they end before the fork, threads would not survive it.
        stays_on_disk = settings.image_store != "memory"
        read_images(settings, workers=settings.num_workers if stays_on_disk else 0)


def memory(config: Mapping[str, Any]) -> str:
    """Return a sentence on the memory that the images of `config` need; see the contract."""
    settings = SegmentationSettings.model_validate(dict(config))
    if settings.image_store != "memory":
        return _stored_memory(settings)
    data = read_images(settings, settings.num_workers)
    parts = (data.train, data.val, data.test)
    size = 0
    for part in parts:
        if isinstance(part, Split):
            size += part.images.nbytes + part.masks.nbytes
    return (
        f"images and masks: {size / 1e6:.1f} MB ({sum(map(len, parts))} images) in"
        " memory, and once more in each trial that runs at the same time"
    )


def _stored_memory(settings: SegmentationSettings) -> str:
    """Return the sentence for images that stay on disk; they are counted but not read."""
    from .data import masks

    root = Path(settings.data.partition(":")[2]).expanduser()
    images = masks.count(root, settings.data_seed, settings.groups)
    shape = (images, CHANNELS, settings.image_size, settings.image_size)
    return room_of(
        "images and masks", shape, settings.image_store, settings.num_workers
    )


@with_memory(memory)
@with_preload(preload)
def train(config: Mapping[str, Any], run: Run) -> None:
    """Train one configuration and report `METRICS` after every epoch.

    Raises:
        ValueError: a setting is unknown or out of bounds (pydantic's ValidationError), or the data
            are corrupt.
        FileNotFoundError: the data do not exist, or the extra that installs them is missing.
    """
    settings = SegmentationSettings.model_validate(dict(config))
    generator = seed_everything(seeds_of(run))
    data = prepare(settings, run)
    model = build(settings, data.train.channels, len(data.classes))
    model = model.to(data.train.device)
    weighting = term_weights(settings)
    backbones = []
    if isinstance(model, KnownSegmentationModel):
        backbones.append(model.encoder)
    fit(
        run,
        settings,
        model=model,
        optimizer=make_optimizer(
            settings,
            model,
            weighting,
            backbones=backbones,
            factor=settings.backbone_lr_factor,
        ),
        forward=lambda model, batch: model(batch["image"]),
        loss=loss,
        hyperparameters=hyperparameters(settings, data),
        batches=lambda epoch: batches(settings, data, generator),
        steps_per_epoch=steps_per_epoch(len(data.train), settings.batch_size),
        evaluate=lambda model: measure(model, data) | data.sizes,
        generator=generator,
        weighting=weighting,
    )


def prepare(settings: SegmentationSettings, run: Run) -> Data:
    """Read the data, hold out the fold, move them to the device, and write `data.json`."""
    images = read_images(settings, settings.num_workers)
    divided, sizes = divide(settings, images, run)
    write_description(run.folder, divided)
    device = pick_device()

    def part(split: Split | StoredSplit) -> MaskedPictures:
        return pictures_of(split, device, settings.num_workers)

    return Data(
        train=part(divided.train),
        val=part(divided.val),
        test=part(divided.test),
        classes=divided.classes,
        small_classes=divided.small_classes,
        counts=torch.from_numpy(divided.pixel_counts()),
        mirror=torch.tensor(mirrored_classes(divided.classes), device=device),
        sizes=sizes,
    )


def read_images(settings: SegmentationSettings, workers: int) -> SegmentationData:
    """Return the data set that `settings.data` names; it stays in memory for the next trials."""
    path = settings.data.partition(":")[2]
    return kept(
        lambda: _read(settings, workers),
        Path(path).expanduser() if path else None,
        settings.data,
        settings.image_size,
        (settings.train_images, settings.val_images, settings.test_images),
        settings.data_seed,
        settings.groups,
        settings.image_store,
    )


def divide(
    settings: SegmentationSettings, data: SegmentationData, run: Run
) -> tuple[SegmentationData, dict[str, float]]:
    """Return the data in the run's split, and its sizes as metrics; write `split.json`."""
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


def _read(settings: SegmentationSettings, workers: int) -> SegmentationData:
    """Read or draw the data set that `settings.data` names."""
    from .data import brain, faces, masks

    kind, _, path = settings.data.partition(":")
    match kind:
        case "faces":
            return faces.load(
                image_size=settings.image_size,
                train=settings.train_images,
                val=settings.val_images,
                test=settings.test_images,
                seed=settings.data_seed,
            )
        case "brain":
            return brain.load(image_size=settings.image_size)
        case "masks":
            return masks.load(
                Path(path).expanduser(),
                image_size=settings.image_size,
                seed=settings.data_seed,
                groups=settings.groups,
                store=settings.image_store,
                workers=workers,
            )
    raise ValueError(f"data {settings.data!r}: expected faces, brain or masks:<path>")


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
    """Return the model; torch's global generator draws its initial weights."""
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
    """Yield the batches of one epoch; `generator` draws their order and augmentation."""
    indices = epoch_batches(len(data.train), settings.batch_size, generator)
    for images, masks in data.train.drawn(indices):
        images, masks = augment(
            images, masks, settings.augmentation, data.mirror, generator
        )
        yield {
            "image": images.contiguous(memory_format=torch.channels_last),
            "mask": masks,
        }


def hyperparameters(settings: SegmentationSettings, data: Data) -> dict[str, Any]:
    """Return the arguments of the loss.

    Raises:
        ValueError: the length of `focal_alpha` is not the number of classes.
    """
    device = data.train.device
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
                f"classes: give one number, or one each for {', '.join(data.classes)}"
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
    """Return the terms `ce` (cross-entropy or focal) and `dice` of logits (N, C, H, W)."""
    return segmentation_terms(outputs, batch["mask"], ignore_index=IGNORED, **hyper)


def term_weights(settings: SegmentationSettings) -> Weighting:
    """Return fixed weights of the two terms."""
    initial = {"ce": settings.ce_weight, "dice": settings.dice_weight}
    return make_weighting("fixed", terms=tuple(initial), initial=initial)


def measure(model: nn.Module, data: Data) -> dict[str, float]:
    """Return the scores of validation and test, and of as many training images."""
    metrics: dict[str, float] = {}
    for name, part in (("val", data.val), ("test", data.test)):
        objective, confusion = _evaluate(model, part, len(data.classes))
        scores = {"loss": objective} | segmentation_scores(
            confusion, data.classes, data.small_classes
        )
        metrics |= {f"{name}/{metric}": value for metric, value in scores.items()}
    # The training images are evenly spaced and not the first ones: neighbouring slices of a scan
    # show the same few classes.
    count = min(len(data.val), len(data.train))
    indices = torch.linspace(0, len(data.train) - 1, count).long()
    _, confusion = _evaluate(model, data.train.take(indices), len(data.classes))
    scores = segmentation_scores(confusion, data.classes, data.small_classes)
    metrics["train/f_score"] = scores["f_score"]
    return metrics


def _evaluate(
    model: nn.Module, part: MaskedPictures, classes: int
) -> tuple[float, Tensor]:
    """Return the mean of plain CE + Dice over the images, and the confusion matrix.

    This loss is the same for every arm, so that arms can be compared by it.
    """
    objective = torch.zeros((), device=part.device)
    confusion = torch.zeros(classes, classes, dtype=torch.int64, device=part.device)
    for images, masks in part.in_order(EVALUATION_BATCH):
        logits = model(images)
        terms = segmentation_terms(logits, masks, ignore_index=IGNORED)
        objective += (terms["ce"] + terms["dice"]) * len(images)
        confusion += confusion_matrix(logits.argmax(dim=1), masks, classes, IGNORED)
    return float(objective) / len(part), confusion
