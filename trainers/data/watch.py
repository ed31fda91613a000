"""Smartwatch recordings of seven shoulder exercises by ten subjects.

The modalities are accelerometer, gyroscope and their spectrum.

Source: Burns et al. 2018, "Shoulder physiotherapy exercise recognition: machine learning the
inertial signals from a smartwatch" (arXiv:1802.01489), as packaged in `seglearn` (BSD): 140
recordings of 20 repetitions each (10 subjects × 7 exercises × 2 arms), 6 axes at 50 Hz. Installed
with the extra `sweep-ablation[watch]`.

The package stores them as a pickle, which executes code when it is loaded. The file is therefore
read only if its SHA-256 is that of the known release, and `seglearn` itself is never imported.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import io
import itertools
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import periodogram

from .features import FeatureSet, feature_set

# The SHA-256 of the file in seglearn 1.2.5.
SHA256 = "eb122f23cdf06ef6bd6c6c5312958ec5cf9d038e2e6d457b8081662c75a42537"
HERTZ = 50
# Edges of the frequency bands in Hz; with windows of 2 s or more each band has a frequency.
BANDS = (0.25, 0.75, 1.25, 1.75, 2.75, 3.75, 5.75, 8.75, 12.75, HERTZ / 2)
# The subjects of each part. Every subject did every exercise with both arms.
SUBJECTS = {"train": (1, 2, 3, 4, 5), "val": (6, 7), "test": (8, 9, 10)}

Windows = NDArray[np.float64]  # (N, T, axes)


@functools.cache
def load_watch(window_seconds: float = 2.0, window_overlap: float = 0.0) -> FeatureSet:
    """Return the recordings as a feature set: one sample per window, grouped by subject.

    Modalities: `accelerometer` and `gyroscope`, 23 statistics each (`statistics`), and `spectral`,
    log power in 9 bands of each of the 6 axes (54). The result stays in memory, so that the trials
    of a process read it once.

    Args:
        window_seconds: length of a window; 2 s, about one repetition, gives 2369 windows.
        window_overlap: fraction of a window shared with the next one of the same recording, in
            [0, 1).

    Raises:
        FileNotFoundError: the package is not installed.
        ValueError: the file is not the one released.
    """
    recordings = _read(_locate())
    length = round(window_seconds * HERTZ)
    step = max(1, round(length * (1 - window_overlap)))
    windows_of_each = [_windows(series, length, step) for series in recordings["X"]]
    windows = np.concatenate(windows_of_each)
    counts = [len(windows) for windows in windows_of_each]
    recording = np.repeat(np.arange(len(counts)), counts)
    subject = np.asarray(recordings["subject"]).astype(int)[recording]
    part: dict[int, str] = {}
    for name, numbers in SUBJECTS.items():
        part |= dict.fromkeys(numbers, name)
    return feature_set(
        {
            "accelerometer": statistics(windows[..., :3]),
            "gyroscope": statistics(windows[..., 3:]),
            "spectral": band_power(windows),
            "labels": np.asarray(recordings["y"]).astype(int)[recording],
            "classes": recordings["y_labels"],
            "groups": subject,
            "split": np.array([part[number] for number in subject]),
        }
    )


def statistics(windows: Windows) -> NDArray[np.float64]:
    """Return 23 statistics of each window: (N, T, 3) → (N, 23).

    These are mean, standard deviation, minimum, maximum, median and mean absolute step of each
    axis; the correlation of each pair of axes; mean and standard deviation of the vector's length.
    """
    mean, deviation = windows.mean(axis=1), windows.std(axis=1)
    z = (windows - mean[:, None]) / (deviation[:, None] + 1e-8)
    correlations = []
    for first, second in ((0, 1), (0, 2), (1, 2)):
        product = z[..., first] * z[..., second]
        correlations.append(product.mean(axis=1))
    correlation = np.stack(correlations, axis=1)
    length = np.linalg.norm(windows, axis=2)
    parts = (
        mean,
        deviation,
        windows.min(axis=1),
        windows.max(axis=1),
        np.median(windows, axis=1),
        np.abs(np.diff(windows, axis=1)).mean(axis=1),
        correlation,
        np.stack([length.mean(axis=1), length.std(axis=1)], axis=1),
    )
    return np.concatenate(parts, axis=1)


def band_power(windows: Windows) -> NDArray[np.float64]:
    """Return log10 of the power in each of `BANDS`: (N, T, axes) → (N, 9·axes).

    The mean is removed, and a Hann window is applied.
    """
    frequency, density = periodogram(
        windows, fs=HERTZ, window="hann", detrend="constant", axis=1
    )
    bands = [
        (frequency >= low) & (frequency < high)
        for low, high in itertools.pairwise(BANDS)
    ]
    power = np.stack([density[:, band].sum(axis=1) for band in bands], axis=1)
    return np.log10(power + 1e-9).reshape(len(windows), -1)


def _windows(series: NDArray[np.float64], length: int, step: int) -> Windows:
    """Return the whole windows of a recording: (T, axes) → (n, length, axes)."""
    view = np.lib.stride_tricks.sliding_window_view(series, length, axis=0)[::step]
    return view.transpose(0, 2, 1)


def _locate() -> Path:
    """Return the path of the data file, without importing the package."""
    spec = importlib.util.find_spec("seglearn")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(
            "data 'watch' are recordings inside the package seglearn, which is not installed; "
            "install the extra: pip install 'sweep-ablation[watch]' (or bring your own with data: "
            "features:<path.npz>)"
        )
    return Path(spec.submodule_search_locations[0]) / "data" / "watch_dataset.npy"


def _read(path: Path) -> dict[str, Any]:
    """Return the released recordings; exactly the bytes that were hashed are loaded."""
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} does not exist; reinstall the extra: pip install --force-reinstall seglearn"
        )
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != SHA256:
        raise ValueError(
            f"{path} has SHA-256 {digest}, expected {SHA256} (seglearn 1.2.5); it is a pickle and "
            "is not opened unless it is that file. Reinstall: "
            "pip install --force-reinstall seglearn==1.2.5"
        )
    recordings: dict[str, Any] = np.load(io.BytesIO(content), allow_pickle=True).item()
    return recordings
