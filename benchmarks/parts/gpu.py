"""Trials that share one GPU: 1, 4, 8 and 16 at a time, and the samples that they train a second together."""

from __future__ import annotations

import json

from benchmarks.parts.wall import STUDIES
from benchmarks.result import Row, Table
from benchmarks.running import run

SHARING = (1, 4, 8, 16)
IMAGES = 173  # that an epoch of `clip` trains on its digits


def measure(quick: bool) -> list[Table]:
    """Microseconds a trained sample, from the first trial's start to the last one's end.

    Raises:
        RuntimeError: there is no GPU.
    """
    import torch

    if not torch.cuda.is_available():
        raise RuntimeError("there is no GPU here; this part has to run where there is one")
    epochs, rounds = (2, 1) if quick else (30, 3)
    rows = []
    for at_once in SHARING:
        study = STUDIES["clip"].format(trials=2 * at_once, epochs=epochs)
        study = study.replace("{cpu: 1, max_concurrent: 2}", f"{{cpu: 0.5, gpu: {1 / at_once}}}")
        spans = [
            json.loads(
                run("benchmarks.contenders.real_ours", {"study": study}).said.splitlines()[-1]
            )["training"]
            for _ in range(rounds)
        ]
        samples = 2 * at_once * epochs * IMAGES
        rows.append(Row(f"{at_once} at a time", [span * 1e6 / samples for span in spans]))
    title = f"a trained sample of clip on {torch.cuda.get_device_name()}, trials sharing it"
    return [Table("gpu", title, "µs", rows, reference="1 at a time")]
