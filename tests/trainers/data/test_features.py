import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from sweep_trainers.data.features import feature_set, load_features, standardize

N = 6


def arrays(**changes):
    """A valid feature file's arrays, some replaced; None takes a key away."""
    base = {
        "audio": np.arange(N * 3, dtype=np.float64).reshape(N, 3),
        "text": -np.ones((N, 2), dtype=np.float32),
        "labels": np.array([0, 1, 2, 0, 1, 2]),
    }
    return {key: value for key, value in (base | changes).items() if value is not None}


def saved(tmp_path: Path, **changes) -> Path:
    path = tmp_path / "set.npz"
    np.savez(path, **arrays(**changes))
    return path


class TestFeatureFile:
    def test_every_key_that_is_not_reserved_is_a_modality_of_its_own_width(
        self, tmp_path
    ):
        data = load_features(saved(tmp_path, gaze=np.full((N, 5), 2.0)))
        assert dict(data.dimensions) == {"audio": 3, "text": 2, "gaze": 5}
        assert data.features.shape == (N, 10)
        assert data.features.dtype == np.float32
        np.testing.assert_array_equal(data.features[:, :3], arrays()["audio"])
        np.testing.assert_array_equal(data.features[:, 5:], 2.0)

    def test_class_numbers(self, tmp_path):
        data = load_features(saved(tmp_path, classes=np.array(["calm", "glad", "sad"])))
        assert data.classes == ("calm", "glad", "sad")
        assert not data.multi_label
        np.testing.assert_array_equal(data.labels, [0, 1, 2, 0, 1, 2])

    def test_class_names_as_labels_are_numbered_in_alphabetical_order(self):
        data = feature_set(
            arrays(labels=np.array(["sad", "calm", "sad", "calm", "glad", "glad"]))
        )
        assert data.classes == ("calm", "glad", "sad")
        np.testing.assert_array_equal(data.labels, [2, 0, 2, 0, 1, 1])

    def test_class_names_as_labels_follow_the_order_of_classes_when_it_is_given(self):
        labels = np.array(["sad", "calm", "sad", "calm", "calm", "sad"])
        data = feature_set(
            arrays(labels=labels, classes=np.array(["sad", "calm", "never"]))
        )
        np.testing.assert_array_equal(data.labels, [0, 1, 0, 1, 1, 0])
        assert data.classes == ("sad", "calm", "never")

    def test_a_matrix_of_labels_is_multi_label(self):
        matrix = np.array([[1, 0], [0, 0], [1, 1], [0, 1], [1, 0], [0, 0]], dtype=bool)
        data = feature_set(arrays(labels=matrix))
        assert data.multi_label
        assert data.labels.dtype == np.float32
        assert data.classes == ("0", "1")

    def test_groups_may_be_names(self):
        data = feature_set(arrays(groups=np.array(["b", "a", "b", "a", "c", "c"])))
        np.testing.assert_array_equal(data.groups, [1, 0, 1, 0, 2, 2])


class TestRefusals:
    def test_missing_file(self, tmp_path):
        with pytest.raises(
            FileNotFoundError,
            match=r"nowhere\.npz does not exist; expected an \.npz with `labels`",
        ):
            load_features(tmp_path / "nowhere.npz")

    def test_file_that_is_no_archive(self, tmp_path):
        path = tmp_path / "set.npz"
        path.write_bytes(b"PK not really")
        with pytest.raises(ValueError, match=r"set\.npz: not an \.npz archive"):
            load_features(path)

    def test_truncated_archive(self, tmp_path):
        path = saved(tmp_path)
        path.write_bytes(path.read_bytes()[:200])
        with pytest.raises(ValueError, match=r"expected an \.npz"):
            load_features(path)

    def test_torn_table_of_contents(self, tmp_path):
        path = saved(tmp_path)
        content = path.read_bytes()
        path.write_bytes(
            content[: len(content) // 2] + content[-22:]
        )  # the end record alone says that it is a zip
        assert zipfile.is_zipfile(path)
        with pytest.raises(ValueError, match=r"set\.npz is corrupt"):
            load_features(path)

    def test_flipped_byte(self, tmp_path):
        path = saved(tmp_path)
        content = bytearray(path.read_bytes())
        content[200] ^= 0xFF  # inside the first array
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"set\.npz is corrupt \(Bad CRC-32"):
            load_features(path)

    @pytest.mark.parametrize(
        "changes, problem",
        [
            ({"labels": None}, "no `labels` among audio, text"),
            ({"audio": None, "text": None}, "no modality beside labels"),
            (
                {"labels": np.array([0.0, 1, 2, 0, 1, 2])},
                "of type float64, expected integers",
            ),
            ({"labels": np.array([-1, 1, 2, 0, 1, 2])}, "runs from -1 to 2"),
            (
                {"labels": np.zeros(N, dtype=int)},
                r"1 class\(es\); expected 0 … C−1 with C ≥ 2",
            ),
            ({"labels": np.zeros((N, 2, 2))}, r"shape \(6, 2, 2\)"),
            ({"labels": np.full((N, 2), 2)}, "only 0 and 1"),
            ({"classes": np.array(["a", "b"])}, r"runs from 0 to 2 with 2 class\(es\)"),
            (
                {"labels": np.array(list("abcabc")), "classes": np.array(["a", "b"])},
                r"holds \['c'\]",
            ),
            (
                {"labels": np.eye(N, 3), "classes": np.array(["a", "b"])},
                "2 names, `labels` 3 columns",
            ),
            (
                {"label": np.zeros(N)},
                r"modality `label` has shape \(6,\), expected \(6, features\)",
            ),
            ({"audio": np.zeros((N, 4, 3))}, "pool sequences over time"),
            (
                {"audio": np.zeros((N + 1, 3))},
                r"shape \(7, 3\), expected \(6, features\)",
            ),
            ({"audio": np.full((N, 3), "x")}, "of type <U1, expected numbers"),
            ({"audio": np.full((N, 3), np.nan)}, "18 values that are NaN or infinite"),
            ({"groups": np.zeros(N - 1)}, r"`groups` has shape \(5,\)"),
            (
                {"groups": np.array([0.0, np.nan, 1, 1, np.nan, 2])},
                r"`groups` lacks a name for 2 of 6 samples \(rows 1, 4\)",
            ),
            (
                {"split": np.array(["train"] * 5 + ["validation"])},
                r"holds \['validation'\], allowed: train, val, test",
            ),
        ],
    )
    def test_what_is_not_of_the_layout_is_named(self, tmp_path, changes, problem):
        with pytest.raises(ValueError, match=problem):
            load_features(saved(tmp_path, **changes))


class Bomb:
    """Unpickling it makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


class TestPickle:
    def test_pickled_arrays_are_refused_and_nothing_is_executed(self, tmp_path):
        path = saved(
            tmp_path, audio=np.array([Bomb(tmp_path / "executed")] * N, dtype=object)
        )
        with pytest.raises(
            ValueError, match=r"`audio` holds pickled objects.*allow_pickle: true"
        ):
            load_features(path)
        assert not (tmp_path / "executed").exists()

    def test_pickle_file_is_refused_and_nothing_is_executed(self, tmp_path):
        path = tmp_path / "set.pkl"
        path.write_bytes(pickle.dumps(Bomb(tmp_path / "executed")))
        assert not zipfile.is_zipfile(path)
        with pytest.raises(ValueError, match="allow_pickle: true"):
            load_features(path)
        assert not (tmp_path / "executed").exists()

    def test_pickled_vectors_are_stacked_when_asked_for(self, tmp_path):
        rows = np.empty(N, dtype=object)
        rows[:] = list(arrays()["audio"])
        data = load_features(saved(tmp_path, audio=rows), allow_pickle=True)
        np.testing.assert_array_equal(data.features[:, :3], arrays()["audio"])

    def test_pickled_dict_is_read_when_asked_for(self, tmp_path):
        path = tmp_path / "set.pkl"
        path.write_bytes(pickle.dumps(arrays()))
        assert dict(load_features(path, allow_pickle=True).dimensions) == {
            "audio": 3,
            "text": 2,
        }


def test_standardize_uses_the_training_rows_alone_and_leaves_constant_columns_finite():
    features = np.array([[0.0, 5], [2, 5], [4, 5], [1000, 7]], dtype=np.float32)
    standard = standardize(features, np.array([0, 1, 2]))
    np.testing.assert_allclose(standard[:3].mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(standard[:3, 0].std(), 1, rtol=1e-6)
    np.testing.assert_allclose(standard[3], [(1000 - 2) / np.sqrt(8 / 3), 2], rtol=1e-6)
    assert standard.dtype == np.float32
