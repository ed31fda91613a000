"""Learning curves without training: what a small network's validation accuracy does as six settings change. Invented.

A power law that rises to a ceiling (Domhan et al. 2015 compare such families), with what makes early stopping hard on
real ones: a high learning rate is ahead early and ends lower, so that curves cross; wide networks learn slowly and end
higher, and cost more; a rate too high diverges; every epoch carries noise of a deviation of 0.004, and the seed of a
run moves its ceiling by one of 0.003. An epoch costs 1 + width / 64.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Mapping
from typing import Any

EPOCHS = 27
PARAMETERS = """
parameters:
  epochs: 27
  learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 3e-1}
  weight_decay: {distribution: log_uniform_values, min: 1e-6, max: 1e-1}
  dropout: {min: 0.0, max: 0.6}
  width: {values: [16, 32, 64, 128]}
  momentum: {min: 0.0, max: 0.99}
  label_smoothing: {min: 0.0, max: 0.3}
"""


def draw(generator: random.Random) -> dict[str, Any]:
    """A configuration as random search draws it."""
    return {
        "learning_rate": math.exp(generator.uniform(math.log(1e-4), math.log(3e-1))),
        "weight_decay": math.exp(generator.uniform(math.log(1e-6), math.log(1e-1))),
        "dropout": generator.uniform(0.0, 0.6),
        "width": generator.choice([16, 32, 64, 128]),
        "momentum": generator.uniform(0.0, 0.99),
        "label_smoothing": generator.uniform(0.0, 0.3),
    }


def accuracy(config: Mapping[str, Any], epoch: int, seed: int | None) -> float:
    """Validation accuracy after an epoch, counted from 0; without any noise where the seed is None."""
    rate = config["learning_rate"] / (1.0 - min(config["momentum"], 0.95))  # what a step amounts to
    if rate > 1.0:
        return 0.1 + _noise(config, epoch, seed, 0.004)
    width, log_rate = math.log2(config["width"]), math.log10(rate)
    ceiling = (
        0.80
        + 0.02 * (width - 4)
        - 0.035 * (log_rate + 2.0 + 0.1 * (width - 4)) ** 2
        - 0.008 * (math.log10(config["weight_decay"]) + 3.5) ** 2
        - 0.25 * (config["dropout"] - 0.06 * (width - 4)) ** 2
        - 0.3 * (config["label_smoothing"] - 0.1) ** 2
        + _noise(config, -1, seed, 0.003)
    )
    speed = 10 ** (0.45 * (log_rate + 2.0)) * 2 ** (0.25 * (5 - width))
    gap = (ceiling - 0.1) * (1.0 + speed * (epoch + 1)) ** -1.1
    return max(ceiling - gap, 0.1) + _noise(config, epoch, seed, 0.004)


def cost(config: Mapping[str, Any]) -> float:
    """Virtual seconds of an epoch."""
    return float(1.0 + config["width"] / 64)


def _noise(config: Mapping[str, Any], epoch: int, seed: int | None, deviation: float) -> float:
    """Gaussian, the same for the same configuration, epoch and seed; 0.0 without a seed."""
    if seed is None:
        return 0.0
    text = f"{sorted(config.items())},{epoch},{seed}".encode()
    return random.Random(hashlib.blake2b(text, digest_size=8).digest()).gauss(0.0, deviation)
