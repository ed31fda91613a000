"""scikit-learn's scanned digits with a long-tailed training set; no download is needed.

There are 1797 scans (8×8 pixels, 17 grey levels), about 180 of each digit. Seven digits stand for
the seven classes of the skin-lesion data set HAM10000 (Tschandl et al. 2018: nv 6705, mel 1113,
bkl 1099, bcc 514, akiec 327, vasc 142, df 115, a ratio of 58:1). The data seed shuffles the scans
of each digit; 29 are for validation and 33 for testing. The rest is cut to the proportions of
HAM10000; the largest class keeps 116 scans:

    three 116 · one 19 · four 19 · zero 9 · six 6 · nine 2 · five 2      (173 training scans, 58:1)

The rarest classes look like the most common one (5 and 9 like 3), as df and vasc look like nv, so
that they are easily confused with it. Validation and test are balanced on purpose. With natural
proportions the recall of a rare class would be measured on a single image; here it is measured on
33 and has a standard error below 0.09. `natural_accuracy` is the accuracy with the proportions of
the training set.
"""

from __future__ import annotations

import gzip
import importlib.util
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .labelled_images import LabelledImages

CLASSES = {"three": 3, "one": 1, "four": 4, "zero": 0, "six": 6, "nine": 9, "five": 5}
# Images of nv, mel, bkl, bcc, akiec, vasc and df in HAM10000.
POPULATION = (6705, 1113, 1099, 514, 327, 142, 115)
VAL_PER_CLASS = 29
TEST_PER_CLASS = 33
TRAIN_OF_LARGEST = 116


def load(data_seed: int = 0) -> LabelledImages:
    """Return the seven digits, (N, 1, 8, 8), with classes from common to rare.

    At least 116 scans of each class are left for training.
    """
    images, digits = scans()
    rng = np.random.default_rng(data_seed)
    per_class = TRAIN_OF_LARGEST + VAL_PER_CLASS + TEST_PER_CLASS
    chosen = []
    for digit in CLASSES.values():
        shuffled = rng.permutation(np.flatnonzero(digits == digit))
        chosen.append(shuffled[:per_class])
    parts = np.repeat(
        ["train", "val", "test"], [TRAIN_OF_LARGEST, VAL_PER_CLASS, TEST_PER_CLASS]
    )
    pixels = np.round(images[np.concatenate(chosen)] * (255 / 16))
    return LabelledImages(
        images=pixels.astype(np.uint8)[:, None],
        labels=np.repeat(np.arange(len(CLASSES)), per_class),
        classes=tuple(CLASSES),
        part=np.tile(parts, len(CLASSES)),
        population=POPULATION,
    )


@cache
def scans() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return all scans (1797, 8, 8), with grey levels 0 to 16, and their digits (1797,).

    These are the data of `sklearn.datasets.load_digits`. They are read from its file, because
    importing scikit-learn takes two seconds of a worker's start. If the file is not where it is
    expected, scikit-learn loads it.
    """
    spec = importlib.util.find_spec("sklearn")  # does not import it
    folders = spec.submodule_search_locations if spec is not None else None
    for folder in folders or ():
        file = Path(folder) / "datasets" / "data" / "digits.csv.gz"
        if file.is_file():
            with gzip.open(file, "rt", encoding="ascii") as text:
                rows = np.loadtxt(text, delimiter=",")
            return rows[:, :-1].reshape(-1, 8, 8), rows[:, -1].astype(np.int64)
    from sklearn.datasets import load_digits

    data = load_digits()
    return data.images, data.target
