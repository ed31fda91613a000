"""Monitoring in every epoch: each loss term, its share of the total, gradient and weight."""

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
    """Global Euclidean norm of each unweighted term's gradient over `shared`.

    `.grad` stays as it is.

    A term that does not depend on `shared` has norm 0. With a GradScaler the term is scaled for the
    backward pass and the norm scaled back, so that float16 gradients do not underflow.
    """
    scale = scaler.get_scale() if scaler is not None and scaler.is_enabled() else 1.0
    return {
        name: gradient_norm(term * scale, shared) / scale
        for name, term in terms.items()
    }


class EpochMeter:
    """Means over one epoch, kept on the device, since reading a value waits for the device."""

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
        """Count one batch of `samples` samples."""
        self.samples += samples
        self.batches += 1
        self._loss = self._loss + total.detach() * samples
        weighted = {
            name: (weights[name] * term).detach().abs() for name, term in terms.items()
        }
        whole = torch.stack(list(weighted.values())).sum()
        whole = torch.where(whole == 0, torch.ones_like(whole), whole)
        for name, term in terms.items():
            _accumulate(self._terms, name, term.detach() * samples)
            _accumulate(self._shares, name, weighted[name] / whole * samples)
            _accumulate(self._weights, name, weights[name].detach())

    def mean_terms(self) -> dict[str, float]:
        """Each term's mean over the epoch's samples."""
        return {
            name: float(value) / self.samples for name, value in self._terms.items()
        }

    def metrics(self, seconds_since: float) -> dict[str, float]:
        """The metrics under their reported names.

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
        metrics |= {
            f"train/term/{name}": value for name, value in self.mean_terms().items()
        }
        metrics |= {
            f"train/share/{name}": float(value) / self.samples
            for name, value in self._shares.items()
        }
        metrics |= {
            f"train/grad_norm/{name}": float(value)
            for name, value in self.gradient_norms.items()
        }
        metrics |= {
            f"train/weight/{name}": float(value) / self.batches
            for name, value in self._weights.items()
        }
        return metrics | {
            "samples_per_second": self.samples / (time.perf_counter() - seconds_since)
        }


def _accumulate(sums: dict[str, Tensor], name: str, value: Tensor) -> None:
    sums[name] = sums[name] + value if name in sums else value
