"""Trainer `fusion`: classification from several modalities with gated fusion.

    total = classification + cl_loss_weight · contrastive + encoder_loss_weight · encoder
    encoder = global + inter + gate_reg_weight · gate

The model fuses a sample's features into one code. The code is classified, brought close to the
codes of two augmented views of the sample, and decoded to all features. Each modality also predicts
the code.
`sweep_trainers.settings.fusion` describes every parameter and the presets `before` and
`recommended`, and its `METRICS` every metric.

    from sweep_trainers.fusion import train
    train({"data": "features:utterances.npz", "preset": "recommended", "epochs": 20}, run)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn

from .contract import Run, seeds_of, with_preload
from .data.feature_split import Rows, split_rows
from .data.features import FeatureSet, load_features, standardize
from .data.kept import frozen, kept
from .data.preloading import single_threaded
from .data.run_split import redraw_seed, write_split
from .data.sampling import epoch_batches, steps_per_epoch
from .data.watch import load_watch
from .fusion_weighting import term_weights
from .label_metrics import label_metrics
from .loop import Batch, Hyperparameters, fit, pick_device, seed_everything
from .losses import (
    binary_cross_entropy,
    class_counts,
    class_weights,
    cross_entropy,
    focal_loss,
    gate_regularization,
    global_reconstruction,
    modality_reconstruction,
    sigmoid_focal_loss,
    two_view_loss,
)
from .models.fusion import Encoded, FusionOutput, GatedFusion
from .settings.fusion import FusionSettings


@dataclass(frozen=True)
class Part:
    """The features (N, D) and targets of one part of the data, on the training device.

    Targets are (N,) class indices, or (N, L) floats of 0 and 1.
    """

    features: Tensor
    targets: Tensor


@dataclass(frozen=True)
class Data:
    """The data that a trial trains on and is evaluated on.

    `dimensions` has the modalities in the order of the columns; `sizes` are metrics with the part
    sizes of a varying split.
    """

    train: Part
    val: Part
    test: Part
    dimensions: Mapping[str, int]
    classes: tuple[str, ...]
    sizes: dict[str, float] = field(default_factory=dict)


class Outputs(NamedTuple):
    """The model's outputs for a batch, and the fused codes (B, H) of its two views."""

    sample: FusionOutput
    views: tuple[Tensor, Tensor]


def preload(config: Mapping[str, Any]) -> None:
    """Read the features that `config` names; see `sweep_trainers.contract`."""
    with single_threaded():
        load(FusionSettings.model_validate(dict(config)))


@with_preload(preload)
def train(config: Mapping[str, Any], run: Run) -> None:
    """Train one configuration and report `METRICS` after every epoch.

    Raises:
        ValueError: a setting is unknown or out of bounds (pydantic's ValidationError), or does not
            fit the data, or the data are corrupt.
        FileNotFoundError: the data do not exist.
    """
    settings = FusionSettings.model_validate(dict(config))
    generator = seed_everything(seeds_of(run))
    data = prepare(settings, run)
    device = data.train.features.device
    model = build(settings, data.dimensions, len(data.classes)).to(device)
    fit(
        run,
        settings,
        model=model,
        forward=forward,
        loss=loss,
        hyperparameters=hyperparameters(settings, data),
        batches=lambda epoch: batches(settings, data.train, generator),
        steps_per_epoch=steps_per_epoch(len(data.train.targets), settings.batch_size),
        evaluate=lambda model: measure(model, data) | data.sizes,
        generator=generator,
        weighting=term_weights(settings, device),
        shared=model.shared_parameters(),
    )


def load(settings: FusionSettings) -> FeatureSet:
    """Return the data set that `settings.data` names; it stays in memory for the next trials."""
    if settings.data == "watch":
        return load_watch(settings.window_seconds, settings.window_overlap)
    path = Path(settings.data.removeprefix("features:")).expanduser()
    allow_pickle = settings.allow_pickle
    return kept(
        lambda: frozen(load_features(path, allow_pickle=allow_pickle)),
        path,
        allow_pickle,
    )


def prepare(settings: FusionSettings, run: Run) -> Data:
    """Read, split and standardise the data and move them to the device."""
    features = load(settings)
    redraw = redraw_seed(settings.split, run, settings.data_seed)
    rows = split_rows(features, run.fold, run.folds, settings.data_seed, redraw)
    sizes = write_split(
        run,
        {name: len(part) for name, part in vars(rows).items()},
        redraw=redraw,
        data_seed=settings.data_seed,
    )
    columns = features.features
    if settings.standardize:
        columns = standardize(columns, rows.train)
    device = pick_device()

    def part(indices: Rows) -> Part:
        return Part(
            torch.from_numpy(columns[indices]).to(device),
            torch.from_numpy(features.labels[indices]).to(device),
        )

    return Data(
        train=part(rows.train),
        val=part(rows.val),
        test=part(rows.test),
        dimensions=features.dimensions,
        classes=features.classes,
        sizes=sizes,
    )


def build(
    settings: FusionSettings, dimensions: Mapping[str, int], classes: int
) -> GatedFusion:
    """Return the model; torch's global generator draws its initial weights."""
    return GatedFusion(
        dimensions,
        classes,
        code_dim=settings.code_dim,
        hidden_dim=settings.hidden_dim,
        dropout=settings.dropout,
    )


def batches(
    settings: FusionSettings, part: Part, generator: torch.Generator
) -> Iterator[Batch]:
    """Yield the batches of one epoch: features, targets and two augmented views."""
    view = augmentation(settings, part.features)
    for drawn in epoch_batches(len(part.targets), settings.batch_size, generator):
        indices = drawn.to(part.targets.device)
        features = part.features[indices]
        yield {
            "features": features,
            "target": part.targets[indices],
            "view_a": view(features, generator),
            "view_b": view(features, generator),
        }


def augmentation(
    settings: FusionSettings, train: Tensor
) -> Callable[[Tensor, torch.Generator], Tensor]:
    """Return a function that draws a view: feature noise, then feature dropout.

    Noise of `view_noise` standard deviations of the training features (N, D) is added to every
    feature. Then a share `view_dropout` of each sample's features is replaced by the feature's
    mean. The numbers are drawn on the CPU, so that training on a GPU uses the same views.
    """
    mean, deviation = train.mean(dim=0), train.std(dim=0, correction=0)

    def view(features: Tensor, generator: torch.Generator) -> Tensor:
        noise = torch.randn(features.shape, generator=generator).to(features.device)
        uniform = torch.rand(features.shape, generator=generator).to(features.device)
        noisy = features + settings.view_noise * deviation * noise
        return torch.where(uniform < settings.view_dropout, mean, noisy)

    return view


def forward(model: nn.Module, batch: Batch) -> Outputs:
    """Encode the samples and both views in one pass; decode and classify only the samples."""
    fusion = cast(GatedFusion, model)
    everything = torch.cat([batch["features"], batch["view_a"], batch["view_b"]])
    encoded = fusion.encode(everything)
    n = len(batch["features"])
    encoded_samples = Encoded(*(output[:n] for output in encoded))
    return Outputs(
        sample=fusion.decode(encoded_samples),
        views=(encoded.fused[n : 2 * n], encoded.fused[2 * n :]),
    )


def hyperparameters(settings: FusionSettings, data: Data) -> dict[str, Any]:
    """Return the arguments of the loss; class weights are multiplied into the focal alpha.

    Raises:
        ValueError: `focal_alpha` has another number of entries than there are classes.
    """
    targets, classes = data.train.targets, len(data.classes)
    weights = None
    if settings.class_weight:
        weights = class_weights(
            class_counts(targets, classes),
            settings.class_weight_method,
            beta=settings.class_weight_beta,
            names=data.classes,
        ).to(targets.device)
    alpha: float | Tensor = 1.0
    if settings.loss_type == "focal":
        alpha = _alpha(settings.focal_alpha, classes).to(targets.device)
        if weights is not None:
            alpha = alpha * weights
    return {
        "loss_type": settings.loss_type,
        "multi_label": targets.ndim == 2,
        "class_weight": weights,
        "alpha": alpha,
        "gamma": settings.focal_gamma,
        "tau": settings.tau,
        "same_view_negatives": settings.same_view_negatives,
        "dimensions": data.dimensions,
        "modality_weights": settings.modality_weights,
        "reconstruction": {
            "kind": settings.reconstruction_loss,
            "beta": settings.smooth_l1_beta,
        },
        "inter_stop_gradient": settings.inter_stop_gradient,
        "gate_regularization": settings.gate_regularization,
    }


def loss(outputs: Outputs, batch: Batch, hyper: Hyperparameters) -> dict[str, Tensor]:
    """Return the unweighted terms `classification`, `contrastive`, `global`, `inter`, `gate`."""
    sample, weights = outputs.sample, hyper["modality_weights"]
    target_code = sample.fused
    if hyper["inter_stop_gradient"]:
        target_code = target_code.detach()
    return {
        "classification": classification(sample.logits, batch["target"], hyper),
        "contrastive": two_view_loss(
            sample.fused,
            outputs.views,
            temperature=hyper["tau"],
            same_view_negatives=hyper["same_view_negatives"],
        ),
        "global": global_reconstruction(
            sample.reconstruction,
            batch["features"],
            hyper["dimensions"],
            modality_weights=weights,
            **hyper["reconstruction"],
        ),
        "inter": modality_reconstruction(
            sample.fused_from,
            target_code,
            modality_weights=weights,
            **hyper["reconstruction"],
        ),
        "gate": gate_regularization(
            list(sample.gates.values()), kind=hyper["gate_regularization"]
        ),
    }


def classification(logits: Tensor, target: Tensor, hyper: Hyperparameters) -> Tensor:
    """Return cross-entropy or focal loss, over exclusive classes or independent labels."""
    if hyper["loss_type"] == "focal":
        focal = sigmoid_focal_loss if hyper["multi_label"] else focal_loss
        return focal(logits, target, gamma=hyper["gamma"], alpha=hyper["alpha"])
    entropy = binary_cross_entropy if hyper["multi_label"] else cross_entropy
    return entropy(logits, target, class_weight=hyper["class_weight"])


def measure(model: nn.Module, data: Data) -> dict[str, float]:
    """Classify val and test and return every metric."""
    metrics = {}
    for name, part in (("val", data.val), ("test", data.test)):
        logits = cast(GatedFusion, model).classify(part.features).float()
        multi_label = part.targets.ndim == 2
        entropy = binary_cross_entropy if multi_label else cross_entropy
        metrics[f"{name}/loss"] = float(entropy(logits, part.targets))
        values = label_metrics(
            logits.cpu().numpy(), part.targets.cpu().numpy(), data.classes
        )
        metrics |= {f"{name}/{metric}": value for metric, value in values.items()}
    return metrics


def _alpha(alpha: float | Sequence[float], classes: int) -> Tensor:
    """Return `focal_alpha` as a tensor: one number, or one per class."""
    if isinstance(alpha, Sequence) and len(alpha) != classes:
        raise ValueError(
            f"focal_alpha has {len(alpha)} entries, the data has {classes} classes; give one "
            "number or one per class"
        )
    return torch.tensor(alpha)
