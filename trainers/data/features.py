"""Feature sets: the columns of named modalities, one row per sample, and targets.

A feature file is an `.npz` written by `numpy.savez(path, audio=..., text=..., labels=...)`:

| key | array | |
|---|---|---|
| `labels` | (N,) integers 0 … C−1 or strings: multi-class; (N, L) of 0 and 1: multi-label | required |
| `classes` | (C,) or (L,) names | optional |
| `groups` | (N,) the speaker or subject of each sample; a group is never in two parts of a split | optional |
| `split` | (N,) of `train`, `val`, `test` | optional |
| any other key | (N, D_m) numbers: the modality of that name | at least one |
"""  # noqa: E501  a table

from __future__ import annotations

import pickle
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

RESERVED = ("labels", "classes", "groups", "split")
LAYOUT = (
    "expected an .npz with `labels` ((N,) class numbers or names, or (N, L) of 0 and 1), optional "
    "`classes`, `groups`, `split`, and every other key a modality of shape (N, features)"
)


@dataclass(frozen=True, eq=False)
class FeatureSet:
    """N samples of M modalities.

    Attributes:
        features: (N, D) float32, the modalities side by side.
        dimensions: modality name → number of its columns, in the order of the columns; they sum to
            D.
        labels: (N,) int64 class indices, or (N, L) float32 of 0 and 1.
        classes: C or L names.
        groups: (N,) int64, or None: every sample is its own group.
        split: (N,) of `train`, `val`, `test`, or None: the split is drawn.
    """

    features: NDArray[np.float32]
    dimensions: Mapping[str, int]
    labels: NDArray[Any]
    classes: tuple[str, ...]
    groups: NDArray[np.int64] | None = None
    split: NDArray[np.str_] | None = None

    @property
    def multi_label(self) -> bool:
        """Return whether a sample may have any number of labels."""
        return self.labels.ndim == 2


def load_features(path: str | Path, *, allow_pickle: bool = False) -> FeatureSet:
    """Read a feature file (see the module's table).

    Args:
        path: an `.npz`; with `allow_pickle` also a pickled dict with the same keys.
        allow_pickle: read pickled objects. Loading a pickle executes code from the file, so use it
            only for files you trust.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: unreadable, pickled without `allow_pickle`, or not of the layout; the message
            names path, key and layout.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"feature file {path} does not exist; {LAYOUT}")
    try:
        return feature_set(_read(path, allow_pickle))
    except (zipfile.BadZipFile, zlib.error, EOFError, pickle.UnpicklingError) as error:
        raise ValueError(
            f"feature file {path} is corrupt ({error}); {LAYOUT}"
        ) from error
    except ValueError as error:
        raise ValueError(f"feature file {path}: {error}") from error


def _groups(names: NDArray[Any]) -> NDArray[np.int64]:
    """Return the group of each sample as a number, (N,); raise a ValueError if a sample has
    none.
    """
    missing = np.array([name is None or name != name for name in names.tolist()])
    if missing.any():
        rows = ", ".join(str(row) for row in np.flatnonzero(missing)[:5])
        raise ValueError(
            f"`groups` lacks a name for {missing.sum()} of {len(names)} samples (rows {rows}); "
            "samples without a group cannot be kept out of two parts: name a group for each"
        )
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def _split(parts: NDArray[Any]) -> NDArray[np.str_]:
    """Return the part of each sample as text; raise a ValueError for an unknown part."""
    split = parts.astype(np.str_)
    unknown = sorted(set(split.tolist()) - {"train", "val", "test"})
    if unknown:
        raise ValueError(f"`split` holds {unknown[:3]}, allowed: train, val, test")
    return split


def feature_set(arrays: Mapping[str, Any]) -> FeatureSet:
    """Return a feature set of named arrays, with the modalities side by side.

    Raises:
        ValueError: the arrays do not have the layout; the message says how they differ.
    """
    if "labels" not in arrays:
        raise ValueError(
            f"no `labels` among {', '.join(arrays) or 'its keys (it has none)'}; {LAYOUT}"
        )
    labels, classes = _labels(np.asarray(arrays["labels"]), arrays.get("classes"))
    modalities = {
        name: _modality(name, values, len(labels))
        for name, values in arrays.items()
        if name not in RESERVED
    }
    if not modalities:
        raise ValueError(f"no modality beside {', '.join(arrays)}; {LAYOUT}")
    for key in ("groups", "split"):
        if key in arrays and np.shape(arrays[key]) != (len(labels),):
            raise ValueError(
                f"`{key}` has shape {np.shape(arrays[key])}, expected ({len(labels)},) as `labels`"
            )
    groups = _groups(np.asarray(arrays["groups"])) if "groups" in arrays else None
    split = _split(np.asarray(arrays["split"])) if "split" in arrays else None
    return FeatureSet(
        features=np.concatenate(list(modalities.values()), axis=1),
        dimensions={name: values.shape[1] for name, values in modalities.items()},
        labels=labels,
        classes=classes,
        groups=groups,
        split=split,
    )


def standardize(
    features: NDArray[np.float32], train: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return every column with mean 0 and standard deviation 1 over the rows `train`.

    A column that is constant over these rows is only centred.
    """
    mean, deviation = features[train].mean(axis=0), features[train].std(axis=0)
    scale = np.where(deviation > 1e-6, deviation, np.float32(1))
    standardized: NDArray[np.float32] = (features - mean) / scale
    return standardized


def _read(path: Path, allow_pickle: bool) -> dict[str, Any]:
    """Return the file's arrays by key."""
    if zipfile.is_zipfile(path):
        # np.load does not close a file whose table of contents is damaged; `with` does.
        with (
            path.open("rb") as file,
            np.load(file, allow_pickle=allow_pickle) as archive,
        ):
            return {key: _array(archive, key) for key in archive.files}
    if not allow_pickle:
        raise ValueError(
            "not an .npz archive (damaged, or a pickle: set `allow_pickle: true` to read one you "
            f"trust); {LAYOUT}"
        )
    with path.open("rb") as file:
        content = pickle.load(file)  # noqa: S301 - the user has set allow_pickle
    if not isinstance(content, Mapping):
        raise ValueError(
            f"the pickle holds a {type(content).__name__}, expected a dict of arrays; {LAYOUT}"
        )
    return dict(content)


def _array(archive: Mapping[str, Any], key: str) -> NDArray[Any]:
    """Return one array of the archive; raise a ValueError that names its key if it cannot be
    read.
    """
    try:
        array: NDArray[Any] = archive[key]
    except ValueError as error:
        if "allow_pickle" not in str(error):
            raise ValueError(f"`{key}` cannot be read ({error}); {LAYOUT}") from error
        raise ValueError(
            f"`{key}` holds pickled objects, which may execute code when read; save plain arrays, "
            "or set `allow_pickle: true` if you trust the file"
        ) from error
    return array


def _labels(labels: NDArray[Any], names: Any) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Return the checked labels in their final type, and the names of the classes."""
    classes = tuple(str(name) for name in names) if names is not None else ()
    if labels.ndim == 2:
        return _several_labels(labels, classes)
    if labels.ndim != 1 or not len(labels):
        raise ValueError(
            f"`labels` has shape {labels.shape}, expected (N,) or (N, L) with N ≥ 1"
        )
    if labels.dtype.kind in "US":
        classes = classes or tuple(np.unique(labels).tolist())
        unknown = sorted(set(labels.tolist()) - set(classes))
        if unknown:
            raise ValueError(
                f"`labels` holds {unknown[:3]}, which `classes` does not name: {', '.join(classes)}"
            )
        number = {name: i for i, name in enumerate(classes)}
        labels = np.array([number[name] for name in labels.tolist()])
    if labels.dtype.kind not in "iu":
        raise ValueError(
            f"`labels` is of type {labels.dtype}, expected integers 0 … C−1 or strings"
        )
    classes = classes or tuple(str(i) for i in range(int(labels.max()) + 1))
    if labels.min() < 0 or labels.max() >= len(classes) or len(classes) < 2:
        raise ValueError(
            f"`labels` runs from {labels.min()} to {labels.max()} with {len(classes)} class(es); "
            "expected 0 … C−1 with C ≥ 2"
        )
    return labels.astype(np.int64), classes


def _several_labels(
    labels: NDArray[Any], classes: tuple[str, ...]
) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Return the checked multi-label matrix (N, L), and the names of the labels."""
    if not np.isin(labels, (0, 1)).all():
        raise ValueError(
            "`labels` of shape (N, L) may hold only 0 and 1 (one column per label)"
        )
    classes = classes or tuple(str(i) for i in range(labels.shape[1]))
    if len(classes) != labels.shape[1]:
        raise ValueError(
            f"`classes` has {len(classes)} names, `labels` {labels.shape[1]} columns"
        )
    return labels.astype(np.float32), classes


def _modality(name: str, values: Any, n: int) -> NDArray[np.float32]:
    """Return a checked modality, (n, D_m) float32; a pickled (n,) array of vectors is stacked."""
    values = np.asarray(values)
    if values.dtype == object and values.ndim == 1:
        try:
            values = np.stack([np.asarray(row, dtype=np.float32) for row in values])
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"modality `{name}` cannot be stacked to (N, features): {error}"
            ) from error
    if values.ndim != 2 or len(values) != n or not values.shape[1]:
        raise ValueError(
            f"modality `{name}` has shape {values.shape}, expected ({n}, features): one vector per "
            "sample (pool sequences over time first); a key that is no modality does not belong "
            "in the file"
        )
    if values.dtype.kind not in "biuf":
        raise ValueError(
            f"modality `{name}` is of type {values.dtype}, expected numbers"
        )
    not_finite = int((~np.isfinite(values)).sum())
    if not_finite:
        raise ValueError(
            f"modality `{name}` holds {not_finite} values that are NaN or infinite"
        )
    columns: NDArray[np.float32] = values.astype(np.float32)
    return columns
