"""Measure time and peak memory of cross-entropy + Dice against other implementations.

    pip install sweep-ablation[reference]
    python -m benchmarks.losses [--size 16 19 256 256] [--rounds 15] [--threads 1]

Forward and backward are measured. Every round runs each implementation once, in a new order, so
that a busy machine slows all of them equally. Time is the median over the rounds, with quartiles
and its ratio to this project. Memory is the highest sum of live allocations, from PyTorch's
profiler, in units of the logits' size; it includes the gradient but not the logits. The loss value
shows which implementations compute the same Dice: kornia's is per image.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.profiler import ProfilerActivity, profile

from sweep_trainers.losses import segmentation_terms

Loss = Callable[[Tensor, Tensor], Tensor]


def ours(logits: Tensor, target: Tensor) -> Tensor:
    """Return the tiled loss, with one softmax for both terms."""
    terms = segmentation_terms(logits, target)
    return terms["ce"] + terms["dice"]


def ours_focal(logits: Tensor, target: Tensor) -> Tensor:
    """Return the tiled loss with focal loss."""
    terms = segmentation_terms(logits, target, loss_type="focal")
    return terms["ce"] + terms["dice"]


def plain(logits: Tensor, target: Tensor) -> Tensor:
    """Return the usual formula: `F.cross_entropy`, softmax, one-hot."""
    p = logits.softmax(dim=1)
    observed = F.one_hot(target, logits.shape[1]).movedim(-1, 1).to(p.dtype)
    across = (0, *range(2, logits.ndim))
    score = (2 * (p * observed).sum(across) + 1e-5) / (
        (p + observed).sum(across) + 1e-5
    )
    return F.cross_entropy(logits, target) + 1 - score.mean()


def plain_gather(logits: Tensor, target: Tensor) -> Tensor:
    """Return the loss from one shared log-softmax without one-hot and tiles."""
    terms = segmentation_terms(logits, target, implementation="plain")
    return terms["ce"] + terms["dice"]


def monai() -> Loss:
    """Return MONAI's `DiceCELoss` over the batch."""
    from monai.losses import DiceCELoss

    loss = DiceCELoss(to_onehot_y=True, softmax=True, batch=True)
    return lambda logits, target: loss(logits, target.unsqueeze(1))


def kornia() -> Loss:
    """Return `F.cross_entropy` plus kornia's macro Dice."""
    from kornia.losses import dice_loss

    return lambda logits, target: (
        F.cross_entropy(logits, target) + dice_loss(logits, target, average="macro")
    )


def implementations() -> dict[str, Loss]:
    """Return all implementations; print which reference is not installed."""
    chosen: dict[str, Loss] = {
        "ours": ours,
        "ours, focal": ours_focal,
        "plain": plain,
        "plain, gather": plain_gather,
    }
    for name, make in {"monai": monai, "kornia": kornia}.items():
        if find_spec(name) is None:
            print(
                f"{name} is not installed and not compared: pip install sweep-ablation[reference]",
                file=sys.stderr,
            )
        else:
            chosen[name] = make()
    return chosen


def run(loss: Loss, logits: Tensor, target: Tensor) -> float:
    """Run forward and backward; return the loss value."""
    logits.grad = None
    value = loss(logits, target)
    value.backward()
    return float(value.detach())


def seconds(
    losses: dict[str, Loss], logits: Tensor, target: Tensor, rounds: int
) -> dict[str, np.ndarray]:
    """Return name → `(rounds,)` seconds, after one round that is not counted."""
    times: dict[str, list[float]] = {name: [] for name in losses}
    order = list(losses)
    for _ in range(rounds + 1):
        random.shuffle(order)
        for name in order:
            start_time = time.perf_counter()
            run(losses[name], logits, target)
            times[name].append(time.perf_counter() - start_time)
    return {name: np.array(measured[1:]) for name, measured in times.items()}


def peak_bytes(loss: Loss, logits: Tensor, target: Tensor) -> int:
    """Return the highest sum of live allocations during one forward and backward."""
    logits.grad = None
    with (
        quiet_profiler(),
        profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled,
    ):
        value = loss(logits, target)
        value.backward()
    events = profiled.profiler.kineto_results.events()
    allocations = [event for event in events if event.name() == "[memory]"]
    allocations.sort(key=lambda event: event.start_ns())
    live = np.cumsum([event.nbytes() for event in allocations])
    return int(live.max())


@contextlib.contextmanager
def quiet_profiler() -> Iterator[None]:
    """Discard the profiler's progress lines, which it writes to file descriptor 2."""
    sys.stderr.flush()
    stderr, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(null)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--size",
        type=int,
        nargs=4,
        default=(16, 19, 256, 256),
        metavar=("N", "C", "H", "W"),
    )
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    images, classes, *pixels = options.size
    logits = torch.randn(images, classes, *pixels, requires_grad=True)
    target = torch.randint(0, classes, (images, *pixels))
    size = logits.numel() * logits.element_size()

    losses = implementations()
    times = seconds(losses, logits, target, options.rounds)
    reference = float(np.median(times["ours"]))
    print(
        f"logits {tuple(options.size)}, {size / 2**20:.0f} MiB, {options.threads}"
        f" thread(s), {options.rounds} rounds"
    )
    print(
        f"torch {torch.__version__},"
        f" THP_MEM_ALLOC_ENABLE={os.environ.get('THP_MEM_ALLOC_ENABLE', 'unset')}"
    )
    print(
        f"{'':15}{'median ms':>10}{'quartiles':>14}{'× ours':>8}{'peak, logits':>14}{'value':>10}"
    )
    for name, loss in losses.items():
        low, median, high = np.quantile(times[name], (0.25, 0.5, 0.75)) * 1e3
        peak = peak_bytes(loss, logits, target) / size
        value = run(loss, logits, target)
        ratio = median / 1e3 / reference
        print(
            f"{name:15}{median:10.0f}{low:8.0f}–{high:<5.0f}{ratio:8.2f}{peak:14.2f}{value:10.5f}"
        )


if __name__ == "__main__":
    main()
