"""Cross-entropy + Dice, forward and backward: time and peak memory (`benchmarks.losses`)."""

from __future__ import annotations

import torch

from benchmarks import losses
from benchmarks.result import Row, Table

SIZE = (16, 19, 256, 256)


def measure(quick: bool) -> list[Table]:
    """Return time and memory on one thread, with the logits of a face-parsing batch."""
    images, classes, *pixels = (2, 19, 32, 32) if quick else SIZE
    torch.set_num_threads(1)
    torch.manual_seed(0)
    logits = torch.randn(images, classes, *pixels, requires_grad=True)
    target = torch.randint(0, classes, (images, *pixels))
    compared = losses.implementations()
    times = losses.seconds(compared, logits, target, 3 if quick else 9)
    size = logits.numel() * logits.element_size()
    peaks = {
        name: losses.peak_bytes(loss, logits, target) / size
        for name, loss in compared.items()
    }
    shape = " × ".join(map(str, (images, classes, *pixels)))
    return [
        Table(
            "losses",
            f"cross-entropy + Dice of logits {shape}, forward and backward, one thread",
            "ms",
            [Row(name, list(seconds * 1e3)) for name, seconds in times.items()],
            aim="ahead",
            reference="ours",
        ),
        Table(
            "losses",
            "its highest sum of live allocations",
            "logits",
            [Row(name, [peak]) for name, peak in peaks.items()],
            aim="below",
            reference="ours",
        ),
    ]
