"""Trainer `fusion`: classification from several modalities with gated fusion.

    total = classification + cl_loss_weight · contrastive + encoder_loss_weight · encoder
    encoder = global + inter + gate_reg_weight · gate

The fused code of a sample is classified, pulled towards the codes of two augmented views of the
same sample, and decoded to all its features; each modality predicts it as well.
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
    """Features (N, D) and targets on the training device.

    Targets are (N,) class numbers, or (N, L) floats of 0 and 1.
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
    """Train one configuration, reporting `METRICS` after every epoch.

    Raises:
        ValueError: a setting is unknown or out of bounds (pydantic's ValidationError), or does not
            fit the data, or the data are corrupt.
        FileNotFoundError: the data are not there.
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
    """The data set that `settings.data` names; cached for the next trials of the worker."""
    if settings.data == "watch":
        return load_watch(settings.window_seconds, settings.window_overlap)
    path = Path(settings.data.removeprefix("features:")).expanduser()
    pickles = settings.allow_pickle
    return kept(
        lambda: frozen(load_features(path, allow_pickle=pickles)), path, pickles
    )


def prepare(settings: FusionSettings, run: Run) -> Data:
    """Read, split and standardise the data and move them to the device, once."""
    features = load(settings)
    redraw = redraw_seed(settings.split, run, settings.data_seed)
    rows = split_rows(features, run.fold, run.folds, settings.data_seed, redraw)
    sizes = write_split(
        run,
        {name: len(part) for name, part in vars(rows).items()},
        redraw=redraw,
        data_seed=settings.data_seed,
    )
    columns = (
        standardize(features.features, rows.train)
        if settings.standardize
        else features.features
    )
    device = pick_device()

    def part(chosen: Rows) -> Part:
        return Part(
            torch.from_numpy(columns[chosen]).to(device),
            torch.from_numpy(features.labels[chosen]).to(device),
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
    """Construct the model; its initial weights come from torch's global generator."""
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
    """Yield one epoch: features, targets and two augmented views, drawn with `generator`."""
    views = augmentation(settings, part.features)
    for chosen in epoch_batches(len(part.targets), settings.batch_size, generator):
        indices = chosen.to(part.targets.device)
        features = part.features[indices]
        yield {
            "features": features,
            "target": part.targets[indices],
            "view_a": views(features, generator),
            "view_b": views(features, generator),
        }


def augmentation(
    settings: FusionSettings, train: Tensor
) -> Callable[[Tensor, torch.Generator], Tensor]:
    """Feature noise and feature dropout, both in the units of the training features (N, D).

    Noise of `view_noise` standard deviations is added to every feature; then a share `view_dropout`
    of each sample's features is replaced by the feature's mean. Drawn on the CPU, so that training
    on a GPU uses the same views.
    """
    center, deviation = train.mean(dim=0), train.std(dim=0, correction=0)

    def view(features: Tensor, generator: torch.Generator) -> Tensor:
        noise = torch.randn(features.shape, generator=generator).to(features.device)
        dropped = (
            torch.rand(features.shape, generator=generator).to(features.device)
            < settings.view_dropout
        )
        return torch.where(
            dropped, center, features + settings.view_noise * deviation * noise
        )

    return view


def forward(model: nn.Module, batch: Batch) -> Outputs:
    """Encode the samples and both views in one pass; decode and classify the samples alone."""
    fusion = cast(GatedFusion, model)
    encoded = fusion.encode(
        torch.cat([batch["features"], batch["view_a"], batch["view_b"]])
    )
    n = len(batch["features"])
    return Outputs(
        sample=fusion.decode(Encoded(*(piece[:n] for piece in encoded))),
        views=(encoded.fused[n : 2 * n], encoded.fused[2 * n :]),
    )


def hyperparameters(settings: FusionSettings, data: Data) -> dict[str, Any]:
    """The arguments of the loss; class weights are multiplied into the focal alpha.

    Raises:
        ValueError: `focal_alpha` has another number of entries than there are classes.
    """
    targets, classes = data.train.targets, len(data.classes)
    weights = None
    if settings.class_weight:
        counts = class_counts(targets, classes)
        method, beta = settings.class_weight_method, settings.class_weight_beta
        weights = class_weights(counts, method, beta=beta, names=data.classes).to(
            targets.device
        )
    alpha: float | Tensor = 1.0
    if settings.loss_type == "focal":
        alpha = _alpha(settings.focal_alpha, classes).to(targets.device)
        alpha = alpha if weights is None else alpha * weights
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
    """Unweighted terms: `classification`, `contrastive`, `global`, `inter`, `gate`."""
    sample, weights = outputs.sample, hyper["modality_weights"]
    target_code = (
        sample.fused.detach() if hyper["inter_stop_gradient"] else sample.fused
    )
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
    """Cross-entropy or focal, over exclusive classes or independent labels."""
    if hyper["loss_type"] == "focal":
        focal = sigmoid_focal_loss if hyper["multi_label"] else focal_loss
        return focal(logits, target, gamma=hyper["gamma"], alpha=hyper["alpha"])
    plain = binary_cross_entropy if hyper["multi_label"] else cross_entropy
    return plain(logits, target, class_weight=hyper["class_weight"])


def measure(model: nn.Module, data: Data) -> dict[str, float]:
    """Classify val and test and compute every metric."""
    metrics = {}
    for name, part in (("val", data.val), ("test", data.test)):
        logits = cast(GatedFusion, model).classify(part.features).float()
        plain = binary_cross_entropy if part.targets.ndim == 2 else cross_entropy
        metrics[f"{name}/loss"] = float(plain(logits, part.targets))
        values = label_metrics(
            logits.cpu().numpy(), part.targets.cpu().numpy(), data.classes
        )
        metrics |= {f"{name}/{metric}": value for metric, value in values.items()}
    return metrics


def _alpha(alpha: float | Sequence[float], classes: int) -> Tensor:
    if isinstance(alpha, Sequence) and len(alpha) != classes:
        raise ValueError(
            f"focal_alpha has {len(alpha)} entries, the data has {classes} classes; give one "
            "number or one per class"
        )
    return torch.tensor(alpha)
