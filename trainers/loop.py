"""The training loop of all bundled trainers: a trainer calls `fit` with its parts.

    generator = seed_everything(run.seed)
    model = build(settings, ...)                                    # construction, from the seed
    fit(
        run,
        settings,
        model=model,
        forward=lambda model, batch: model(batch["image"]),
        loss=loss,                                       # (outputs, batch, hyperparameters) → terms
        hyperparameters={"focal_gamma": 2.0},
        batches=lambda epoch: shuffled(data, generator), # this generator draws the order
        steps_per_epoch=...,
        evaluate=lambda model: {"val/accuracy": ...},
        generator=generator,
    )

`fit` registers all state that changes between epochs with `run.restore`. The learning rate is a
pure function of the step and has no state. On a CPU a resumed trial therefore equals an
uninterrupted one bit for bit.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .contract import Run, Seeds
from .losses.weighting import Weighting
from .monitoring import EpochMeter, gradient_norms
from .schedule import EarlyStopping, set_learning_rate
from .settings.training import TrainingSettings

Batch = Mapping[str, Tensor]  # every tensor has the samples along its first dimension
Terms = Mapping[str, Tensor]  # name of a loss term → scalar
# Settings that the loss depends on, in addition to outputs and batch: floats or 0-d tensors.
Hyperparameters = Mapping[str, Any]

__all__ = [
    "Batch",
    "Hyperparameters",
    "Terms",
    "Weighting",
    "autocast",
    "evaluation",
    "fit",
    "make_optimizer",
    "pick_device",
    "seed_everything",
]


def seed_everything(seed: int | Seeds) -> torch.Generator:
    """Seed Python, NumPy and torch, and return a CPU generator for the order of the data.

    Torch's global generator draws initial weights and dropout. The generator returned is separate,
    so that a change of the model does not change the order of the data.

    Args:
        seed: one seed for everything, or the run's named seeds: `init` for the model, `order` for
            the generator.
    """
    if isinstance(seed, Seeds):
        init, order = seed.init, seed.order
    else:
        init = order = seed
    model_seed = int(np.random.SeedSequence(init).generate_state(2, np.uint64)[0])
    data_seed = int(np.random.SeedSequence(order).generate_state(2, np.uint64)[1])
    random.seed(model_seed)
    # For libraries that draw from NumPy's global generator.
    np.random.seed(model_seed % 2**32)  # noqa: NPY002
    torch.manual_seed(model_seed)
    return torch.Generator().manual_seed(data_seed)


def pick_device() -> torch.device:
    """Return the GPU given to this process, or the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def autocast(precision: str, device: torch.device) -> torch.autocast:
    """Return the autocast context for `float32` (off), `bfloat16` or `float16`.

    Raises:
        ValueError: float16 without a GPU.
    """
    if precision == "float16" and device.type != "cuda":
        raise ValueError(
            "precision 'float16' needs a GPU (its gradients underflow without loss scaling, and a "
            "CPU has no fast float16); on a CPU use 'float32' or 'bfloat16'"
        )
    dtypes = {
        "float32": torch.float32,
        "bfloat16": torch.bfloat16,
        "float16": torch.float16,
    }
    return torch.autocast(
        device.type, dtype=dtypes[precision], enabled=precision != "float32"
    )


def make_optimizer(
    settings: TrainingSettings,
    model: nn.Module,
    weighting: Weighting | None,
    *,
    backbones: Iterable[nn.Module] = (),
    factor: float = 1.0,
) -> torch.optim.Optimizer:
    """Return AdamW over the model and the learned parameters of `weighting`.

    Vectors and scalars (biases, norms, temperatures) and the weighting's parameters have no weight
    decay. The fused kernel gives wrong results without an error if a gradient's memory layout
    differs from its parameter's; `backward()` gives both the same layout.

    Args:
        settings: learning rate and weight decay.
        model: its parameters that require gradients are trained.
        weighting: the policy that sums the terms, or None.
        backbones: parts of the model whose learning rate is multiplied by `factor`.
        factor: multiplier of the backbones' learning rate.
    """
    in_backbones: set[int] = set()
    if factor != 1.0:
        for module in backbones:
            in_backbones.update(id(parameter) for parameter in module.parameters())
    head: list[nn.Parameter] = []
    backbone: list[nn.Parameter] = []
    for parameter in model.parameters():
        if not parameter.requires_grad:
            continue
        if id(parameter) in in_backbones:
            backbone.append(parameter)
        else:
            head.append(parameter)
    rate, decay = settings.learning_rate, settings.weight_decay
    groups = _groups(head, rate, decay)
    if weighting is not None:
        groups[1]["params"] += weighting.parameters()
    groups += _groups(backbone, rate * factor, decay)
    filled = [group for group in groups if group["params"]]
    return torch.optim.AdamW(filled, lr=rate, fused=True)


def _groups(
    parameters: Sequence[nn.Parameter], rate: float, decay: float
) -> list[dict[str, Any]]:
    """Return two parameter groups: matrices with weight decay, vectors and scalars without."""
    matrices = [p for p in parameters if p.ndim >= 2]
    vectors = [p for p in parameters if p.ndim < 2]
    return [
        {"params": matrices, "lr": rate, "weight_decay": decay},
        {"params": vectors, "lr": rate, "weight_decay": 0.0},
    ]


def fit(
    run: Run,
    settings: TrainingSettings,
    *,
    model: nn.Module,
    forward: Callable[[nn.Module, Batch], Any],
    loss: Callable[[Any, Batch, Hyperparameters], Terms],
    hyperparameters: Hyperparameters,
    batches: Callable[[int], Iterable[Batch]],
    steps_per_epoch: int,
    evaluate: Callable[[nn.Module], Mapping[str, float]],
    generator: torch.Generator,
    weighting: Weighting | None = None,
    shared: Sequence[Tensor] | None = None,
    optimizer: torch.optim.Optimizer | None = None,
    state: Mapping[str, Any] | None = None,
) -> dict[str, float]:
    """Train `model` for `settings.epochs` epochs and report after each.

    Args:
        run: restores and saves state, receives the reports, and says when to stop.
        settings: epochs, learning rate and its schedule, clipping, precision, early stopping.
        model: the model, on the device of the batches.
        forward: (model, batch) → outputs, under autocast if `settings.precision` is not float32.
        loss: (outputs, batch, hyperparameters) → scalar terms by name, in float32. A pure function.
        hyperparameters: passed to `loss` unchanged.
        batches: epoch → the epoch's batches on the model's device, drawn with `generator` only.
        steps_per_epoch: number of batches of an epoch; the learning rate depends on it.
        evaluate: model in evaluation mode, without gradients → `val/…` and `test/…` metrics.
        generator: the trial's generator, saved with every report.
        weighting: the policy that sums the terms, from `sweep_trainers.losses.make_weighting`;
            None: all weights are 1.
        shared: parameters over which gradient norms are computed; None: all trainable parameters
            of the model.
        optimizer: None: the one that `make_optimizer` returns. The schedule scales its groups'
            initial learning rates.
        state: further objects with the state protocol to save and restore (augmentations, queues).

    Returns:
        The last epoch's metrics; empty if the restored trial had no epoch left.

    Raises:
        ValueError: float16 on a CPU; an epoch without a batch; `settings.monitor` is not among the
            metrics.
    """
    device = next(model.parameters()).device
    if shared is None:
        shared = [p for p in model.parameters() if p.requires_grad]
    training = _Training(
        settings,
        model,
        forward,
        loss,
        hyperparameters,
        weighting,
        shared=list(shared),
        optimizer=optimizer or make_optimizer(settings, model, weighting),
        scaler=torch.amp.GradScaler(
            device.type, enabled=settings.precision == "float16"
        ),
    )
    stopping = EarlyStopping(settings)
    further_state = {"generator": generator, "stopping": stopping, **(state or {})}
    first_epoch = run.restore(**training.state(), **further_state)

    metrics: dict[str, float] = {}
    for epoch in range(first_epoch, settings.epochs):
        if stopping.stopped:  # the restored trial was killed after its last report
            break
        metrics = training.epoch(epoch, batches(epoch), steps_per_epoch)
        metrics |= evaluation(model, evaluate, settings.precision)
        stops_early = stopping.update(metrics)
        if run.report(epoch, metrics) or stops_early:
            break
    return metrics


@dataclass(frozen=True)
class _Training:
    """The parts that stay the same in all epochs; the fields are arguments of `fit`."""

    settings: TrainingSettings
    model: nn.Module
    forward: Callable[[nn.Module, Batch], Any]
    loss: Callable[[Any, Batch, Hyperparameters], Terms]
    hyperparameters: Hyperparameters
    weighting: Weighting | None
    shared: Sequence[Tensor]
    optimizer: torch.optim.Optimizer
    scaler: torch.amp.GradScaler

    def state(self) -> dict[str, Any]:
        """Return the parts that have state, by their name in the checkpoint."""
        parts: dict[str, Any] = {"model": self.model, "optimizer": self.optimizer}
        if self.scaler.is_enabled():
            parts["scaler"] = self.scaler
        if self.weighting is not None:
            parts["weighting"] = self.weighting
        return parts

    def epoch(
        self, epoch: int, batches: Iterable[Batch], steps: int
    ) -> dict[str, float]:
        """Train for one epoch of `steps` steps; return its `train/…` metrics and learning rate."""
        device = next(self.model.parameters()).device
        precision = autocast(self.settings.precision, device)
        self.model.train()
        meter = EpochMeter()
        start_time = time.perf_counter()
        for step, batch in enumerate(batches):
            total_step = epoch * steps + step
            set_learning_rate(self.optimizer, self.settings, total_step, steps)
            with precision:
                outputs = self.forward(self.model, batch)
            terms = self.loss(outputs, batch, self.hyperparameters)
            if step == 0:  # measured once an epoch: it takes one backward pass per term
                meter.gradient_norms = gradient_norms(terms, self.shared, self.scaler)
            total, weights = self._total(terms)
            _step(total, self.optimizer, self.scaler, self.settings.gradient_clip)
            samples = len(next(iter(batch.values())))
            meter.add(total, terms, weights, samples=samples)
        metrics = meter.metrics(seconds_since=start_time)
        metrics["learning_rate"] = float(self.optimizer.param_groups[0]["lr"])
        if self.weighting is not None:
            self.weighting.epoch_end(meter.mean_terms())
        return metrics

    def _total(self, terms: Terms) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the weighted sum of the terms, and their weights."""
        if self.weighting is None:
            return _plain_sum(terms)
        return self.weighting(terms, self.shared)


def evaluation(
    model: nn.Module,
    evaluate: Callable[[nn.Module], Mapping[str, float]],
    precision: str,
) -> dict[str, float]:
    """Return `evaluate(model)`, run in evaluation mode, without gradients, in that precision."""
    model.eval()
    with torch.inference_mode(), autocast(precision, next(model.parameters()).device):
        return dict(evaluate(model))


def _plain_sum(terms: Terms) -> tuple[Tensor, dict[str, Tensor]]:
    """Return the sum of the terms, and a weight of 1 for each."""
    total = torch.stack(list(terms.values())).sum()
    return total, {name: torch.ones_like(total) for name in terms}


def _step(
    total: Tensor,
    optimizer: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler,
    clip: float,
) -> None:
    """Take one optimizer step, with loss scaling and gradient clipping if enabled."""
    optimizer.zero_grad(set_to_none=True)
    scaler.scale(total).backward()  # type: ignore[no-untyped-call]
    if clip:
        scaler.unscale_(optimizer)
        parameters: list[Tensor] = []
        for group in optimizer.param_groups:
            parameters += group["params"]
        nn.utils.clip_grad_norm_(parameters, clip)
    scaler.step(optimizer)
    scaler.update()
