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
    """The seed that draws this run's split; None: the split is fixed."""
    return split_draw(seeds_of(run).split, data_seed) if split == "by_seed" else None


def write_split(
    run: Run, sizes: Mapping[str, int], *, redraw: int | None, data_seed: int
) -> dict[str, float]:
    """Write `split.json` and return the sizes as metrics, where the split differs between runs.

    A correction of the variance between overlapping training sets (Nadeau & Bengio 2003) needs
    the real sizes of what was trained on and what was tested on.

    Args:
        run: its folder is written to.
        sizes: part → number of samples: `train`, `val`, `test`.
        redraw: from `redraw_seed`.
        data_seed: of a fixed split.

    Returns:
        `split/train`, `split/val`, `split/test`; nothing where every run has this split.
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
