"""The split of one run: its seed, its description in `split.json`, and its sizes as metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import orjson

from ..contract import Run, seeds_of
from .parts import split_draw

SPLIT_FILE = "split.json"


def redraw_seed(
    split: Literal["fixed", "by_seed"], run: Run, data_seed: int
) -> int | None:
    """Return the seed that draws this run's split, or None if the split is fixed."""
    if split == "fixed":
        return None
    return split_draw(seeds_of(run).split, data_seed)


def write_split(
    run: Run, sizes: Mapping[str, int], *, redraw: int | None, data_seed: int
) -> dict[str, float]:
    """Write `split.json`, and return the parts' sizes as metrics if the split differs between runs.

    The correction of the variance for overlapping training sets (Nadeau & Bengio 2003) needs the
    real sizes of the training and test parts.

    Args:
        run: the run, to whose folder the file is written.
        sizes: part → number of samples: `train`, `val`, `test`.
        redraw: from `redraw_seed`.
        data_seed: the seed of a fixed split.

    Returns:
        `split/train`, `split/val`, `split/test`; empty if every run has this split.
    """
    split = {
        "split": "fixed" if redraw is None else "by_seed",
        "seed": data_seed if redraw is None else redraw,
        "fold": run.fold,
        "folds": run.folds,
        "samples": dict(sizes),
    }
    run.folder.mkdir(parents=True, exist_ok=True)
    (run.folder / SPLIT_FILE).write_bytes(
        orjson.dumps(split, option=orjson.OPT_INDENT_2)
    )
    if redraw is None and run.fold is None:
        return {}
    return {f"split/{part}": float(size) for part, size in sizes.items()}
