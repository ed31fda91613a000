"""The GPU's limit: one process trains `clip`'s model in batches as large as they are worthwhile."""

from __future__ import annotations

import json
import math
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

FIRST, MOST = 64, 65_536  # samples of a batch
LEAST_GAIN = 1.05  # of samples per second, for a batch to be doubled again
SECONDS = 1.0  # of measurement for each batch size


def main() -> None:
    """Print as JSON the samples per second, and the batch size that is no longer doubled."""
    best, size = 0.0, FIRST
    while size <= MOST:
        rate = samples_per_second(size)
        if rate < LEAST_GAIN * best:
            break
        best = max(best, rate)
        size *= 2
    print(json.dumps({"samples_per_second": best, "batch": size // 2}))


def samples_per_second(size: int) -> float:
    """Return the samples per second of training steps: forward, loss, backward, optimiser."""
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
    start_time, steps = time.perf_counter(), 0
    while time.perf_counter() - start_time < SECONDS:
        step()
        torch.cuda.synchronize()
        steps += 1
    return steps * size / (time.perf_counter() - start_time)


def _enlarged(part: Any, size: int) -> Any:
    """Return a batch's tensor, repeated to `size` samples, on the GPU."""
    copies = math.ceil(size / len(part))
    other_dimensions = [1] * (part.dim() - 1)
    return part.repeat(copies, *other_dimensions)[:size].cuda()


if __name__ == "__main__":
    json.loads(sys.argv[1])  # options: none
    main()
