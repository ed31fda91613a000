"""The split of a run: its seed, what is written of it, and which metrics say its sizes."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from sweep.worker.local_run import LocalRun
from sweep_trainers.data.run_split import SPLIT_FILE, redraw_seed, write_split

SIZES = {"train": 70, "val": 10, "test": 20}


def test_a_fixed_split_is_not_redrawn(tmp_path: Path) -> None:
    assert redraw_seed("fixed", LocalRun(tmp_path, seed=3), 0) is None


def test_by_seed_depends_on_the_seed_of_the_split_and_of_the_data_alone(
    tmp_path: Path,
) -> None:
    run = LocalRun(tmp_path, seed=3)
    drawn = redraw_seed("by_seed", run, 0)
    assert drawn != redraw_seed("by_seed", LocalRun(tmp_path, seed=4), 0)
    assert drawn != redraw_seed("by_seed", run, 1)
    run.seeds = {"init": 9, "order": 9}  # type: ignore[attr-defined]
    assert redraw_seed("by_seed", run, 0) == drawn
    run.seeds = {"split": 4}  # type: ignore[attr-defined]
    assert redraw_seed("by_seed", run, 0) == redraw_seed(
        "by_seed", LocalRun(tmp_path, seed=4), 0
    )


@pytest.mark.parametrize(
    ("redraw", "fold", "metrics"),
    [
        (None, None, {}),
        (7, None, {"split/train": 70.0, "split/val": 10.0, "split/test": 20.0}),
        (None, 1, {"split/train": 70.0, "split/val": 10.0, "split/test": 20.0}),
    ],
)
def test_what_is_written_and_what_is_reported(
    tmp_path: Path, redraw: int | None, fold: int | None, metrics: dict[str, float]
) -> None:
    run = LocalRun(tmp_path, fold=fold, folds=None if fold is None else 5)
    assert write_split(run, SIZES, redraw=redraw, data_seed=2) == metrics
    assert orjson.loads((tmp_path / SPLIT_FILE).read_bytes()) == {
        "split": "fixed" if redraw is None else "by_seed",
        "seed": 2 if redraw is None else redraw,
        "fold": fold,
        "folds": run.folds,
        "samples": SIZES,
    }
