"""The card's limit: one process that trains `clip`'s model in batches as large as still pay."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

FIRST, MOST = 64, 65_536  # samples of a batch
PAYS = 1.05  # a batch twice as large has to be at least so much faster a sample
SECONDS = 1.0  # of measuring for each size


def main() -> None:
    """Say as JSON the samples a second, and the batch at which doubling it no longer pays."""
    best, size = 0.0, FIRST
    while size <= MOST:
        rate = samples_per_second(size)
        if rate < PAYS * best:
            break
        best, size = max(best, rate), 2 * size
    print(json.dumps({"samples_per_second": best, "batch": size // 2}))


def samples_per_second(size: int) -> float:
    """Of a training step: forward, loss, backward and optimiser."""
    import torch

    from benchmarks.contenders.bare_loop import Run
    from sweep_trainers import clip
    from sweep_trainers.loop import make_optimizer
    from sweep_trainers.settings.clip import ClipSettings

    settings = ClipSettings()
    with tempfile.TemporaryDirectory() as folder:
        data = clip.prepare(settings, Run(0, 1, Path(folder)))
    small = next(iter(clip.batches(settings, data, torch.Generator().manual_seed(0))))
    batch = {name: _enlarged(part, size) for name, part in small.items()}
    model = clip.build(settings, data).cuda()
    optimizer = make_optimizer(settings, model, None)
    weights = clip.hyperparameters(settings, data)

    def step() -> None:
        terms = clip.loss(model(batch["image"]), batch, weights)
        optimizer.zero_grad(set_to_none=True)
        torch.stack(list(terms.values())).sum().backward()
        optimizer.step()

    for _ in range(5):
        step()
    torch.cuda.synchronize()
    began, steps = time.perf_counter(), 0
    while time.perf_counter() - began < SECONDS:
        step()
        torch.cuda.synchronize()
        steps += 1
    return steps * size / (time.perf_counter() - began)


def _enlarged(part: Any, size: int) -> Any:
    """A batch's part repeated to a number of samples, on the card."""
    copies = -(-size // len(part))
    return part.repeat(copies, *[1] * (part.dim() - 1))[:size].cuda()


if __name__ == "__main__":
    json.loads(sys.argv[1])  # options: none
    main()
