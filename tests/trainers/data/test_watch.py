import importlib.util
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import signal

from sweep_trainers.data import watch
from sweep_trainers.data.feature_split import split_rows

needs_recordings = pytest.mark.skipif(
    importlib.util.find_spec("seglearn") is None,
    reason="the smartwatch recordings are not installed: pip install 'sweep-ablation[watch]'",
)


@needs_recordings
class TestRecordings:
    def test_three_modalities_of_every_window(self):
        data = watch.load_watch()
        assert dict(data.dimensions) == {
            "accelerometer": 23,
            "gyroscope": 23,
            "spectral": 54,
        }
        assert data.features.shape == (2369, 100)
        assert data.classes == ("PEN", "ABD", "FEL", "IR", "ER", "TRAP", "ROW")
        assert np.isfinite(data.features).all()

    def test_no_subject_is_on_two_sides_and_every_exercise_on_all(self):
        data = watch.load_watch()
        split = split_rows(data, None, None, seed=0)
        subjects = [
            set(data.groups[rows].tolist())
            for rows in (split.train, split.val, split.test)
        ]
        assert [len(s) for s in subjects] == [5, 2, 3]
        assert len(set.union(*subjects)) == 10
        for rows in (split.train, split.val, split.test):
            assert set(data.labels[rows].tolist()) == set(range(7))

    def test_folds_go_by_subject_and_leave_the_test_subjects_alone(self):
        data = watch.load_watch()
        test = set(data.groups[split_rows(data, None, None, seed=0).test].tolist())
        for fold in range(3):
            split = split_rows(data, fold, 3, seed=0)
            assert set(data.groups[split.test].tolist()) == test
            assert not set(data.groups[split.train].tolist()) & set(
                data.groups[split.val].tolist()
            )

    def test_overlap_makes_more_windows_and_length_fewer(self):
        assert len(watch.load_watch(2.0, 0.5).labels) > 1.8 * 2369
        assert len(watch.load_watch(4.0, 0.0).labels) < 2369 / 1.9

    def test_the_package_itself_is_not_imported(self):
        watch.load_watch()
        assert "seglearn" not in sys.modules


class TestRefusals:
    def test_missing_package_names_the_extra(self, monkeypatch):
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
        with pytest.raises(
            FileNotFoundError, match=r"pip install 'sweep-ablation\[watch\]'"
        ):
            watch._locate()

    def test_another_file_is_never_unpickled(self, tmp_path):
        class Bomb:
            def __reduce__(self):
                return Path.touch, (tmp_path / "executed",)

        path = tmp_path / "watch_dataset.npy"
        np.save(path, np.array({"X": Bomb()}, dtype=object), allow_pickle=True)
        with pytest.raises(ValueError, match=f"expected {watch.SHA256}"):
            watch._read(path)
        assert not (tmp_path / "executed").exists()
        assert pickle.dumps(Bomb())  # the bomb is live

    def test_missing_file(self, tmp_path):
        with pytest.raises(FileNotFoundError, match="reinstall"):
            watch._read(tmp_path / "watch_dataset.npy")


class TestFeatures:
    def test_statistics_of_a_known_window(self):
        axis = np.tile([0.0, 2.0], 50)
        features = watch.statistics(np.stack([axis, -axis, 3 * axis], axis=1)[None])[0]
        expected = [1, -1, 3, 1, 1, 3, 0, -2, 0, 2, 0, 6, 1, -1, 3, 2, 2, 6, -1, 1, -1]
        np.testing.assert_allclose(features[:21], expected, atol=1e-6)
        np.testing.assert_allclose(
            features[21:], np.sqrt(11) * np.array([1, 1]), atol=1e-6
        )

    @pytest.mark.parametrize("hertz, band", [(0.5, 0), (1.0, 1), (3.5, 4), (20.0, 8)])
    def test_a_tone_is_loudest_in_its_own_band(self, hertz, band):
        time = np.arange(200) / watch.HERTZ
        window = np.sin(2 * np.pi * hertz * time)[None, :, None]
        assert watch.band_power(window).reshape(len(watch.BANDS) - 1).argmax() == band

    def test_bands_hold_all_the_power_above_their_lowest_edge(self):
        noise = np.random.default_rng(0).normal(size=(1, 100, 1))
        _, density = signal.periodogram(
            noise, fs=watch.HERTZ, window="hann", detrend="constant", axis=1
        )
        bands = 10 ** watch.band_power(noise)
        assert bands.sum() == pytest.approx(density[:, 1:-1].sum(), rel=1e-6)
