"""Monitoring of each loss term in every epoch: value, share of the total, gradient and weight."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from .losses.gradient import gradient_norm


def gradient_norms(
    terms: Mapping[str, Tensor],
    shared: Sequence[Tensor],
    scaler: torch.amp.GradScaler | None = None,
) -> dict[str, Tensor]:
    """Return the Euclidean norm of each unweighted term's gradient over `shared`.

    `.grad` does not change. A term that does not depend on `shared` has norm 0. With a GradScaler
    the term is scaled for the backward pass and the norm scaled back, so that float16 gradients do
    not underflow.
    """
    scale = 1.0
    if scaler is not None and scaler.is_enabled():
        scale = scaler.get_scale()
    return {
        name: gradient_norm(term * scale, shared) / scale
        for name, term in terms.items()
    }


class EpochMeter:
    """Means over one epoch; they stay on the device, because reading a value waits for it."""

    def __init__(self) -> None:
        self.samples = 0
        self.batches = 0
        self.gradient_norms: Mapping[str, Tensor] = {}
        self._loss: Tensor | float = 0.0
        self._terms: dict[str, Tensor] = {}
        self._weights: dict[str, Tensor] = {}
        self._shares: dict[str, Tensor] = {}

    def add(
        self,
        total: Tensor,
        terms: Mapping[str, Tensor],
        weights: Mapping[str, Tensor],
        samples: int,
    ) -> None:
        """Add one batch of `samples` samples."""
        self.samples += samples
        self.batches += 1
        self._loss = self._loss + total.detach() * samples
        weighted = {
            name: (weights[name] * term).detach().abs() for name, term in terms.items()
        }
        sum_of_all = torch.stack(list(weighted.values())).sum()
        divisor = torch.where(sum_of_all == 0, torch.ones_like(sum_of_all), sum_of_all)
        for name, term in terms.items():
            _accumulate(self._terms, name, term.detach() * samples)
            _accumulate(self._shares, name, weighted[name] / divisor * samples)
            _accumulate(self._weights, name, weights[name].detach())

    def mean_terms(self) -> dict[str, float]:
        """Return each term's mean over the epoch's samples."""
        return {
            name: float(value) / self.samples for name, value in self._terms.items()
        }

    def metrics(self, seconds_since: float) -> dict[str, float]:
        """Return the metrics under their reported names.

        Args:
            seconds_since: the epoch's start on `time.perf_counter`.

        Raises:
            ValueError: no batch was added.
        """
        if not self.samples:
            raise ValueError(
                "the epoch had no batch: the training set is empty, or all of it was dropped"
            )
        metrics = {"train/loss": float(self._loss) / self.samples}
        for name, mean in self.mean_terms().items():
            metrics[f"train/term/{name}"] = mean
        for name, share in self._shares.items():
            metrics[f"train/share/{name}"] = float(share) / self.samples
        for name, norm in self.gradient_norms.items():
            metrics[f"train/grad_norm/{name}"] = float(norm)
        for name, weight in self._weights.items():
            metrics[f"train/weight/{name}"] = float(weight) / self.batches
        seconds = time.perf_counter() - seconds_since
        metrics["samples_per_second"] = self.samples / seconds
        return metrics


def _accumulate(sums: dict[str, Tensor], name: str, value: Tensor) -> None:
    """Add the value to the sum of that name."""
    sums[name] = sums[name] + value if name in sums else value
