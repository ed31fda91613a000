"""Runs trained elsewhere, from Python."""

import pandas as pd
import pytest

import sweep
from sweep import elsewhere
from sweep.errors import UnknownName, UsageError

FRAME = pd.DataFrame(
    {
        "method": ["base"] * 3 + ["focal"] * 3,
        "seed": [0, 1, 2] * 2,
        "acc": [0.8, 0.81, 0.79, 0.85, 0.86, 0.84],
    }
)


def test_a_data_frame_gives_table_and_figure_in_one_line():
    study = sweep.from_frame(FRAME, arm="method", seed="seed", metric="acc")
    assert study.table()["arm"].tolist() == ["base", "focal"]
    assert study.plot() is not None


def test_what_is_not_named_is_guessed_and_kept_where_one_says(tmp_path):
    study = sweep.from_frame(
        FRAME, metric="acc", goal="maximize", folder=tmp_path / "kept"
    )
    assert study.folder == tmp_path / "kept"
    assert [arm.name for arm in study.history.arms] == ["base", "focal"]
    assert "by its name" not in str(study.history.notices)


def test_a_frame_stays_as_it_is():
    before = FRAME.copy()
    sweep.from_frame(FRAME, metric="acc")
    pd.testing.assert_frame_equal(FRAME, before)


def test_a_wrong_goal_is_named():
    with pytest.raises(UnknownName, match="unknown goal 'max'"):
        sweep.from_frame(FRAME, metric="acc", goal="max")


def test_an_imported_study_cannot_be_resumed(tmp_path):
    FRAME.to_csv(tmp_path / "runs.csv", index=False)
    done = elsewhere.import_files("theirs", [tmp_path / "runs.csv"], results=tmp_path)
    with pytest.raises(UsageError, match="trained elsewhere"):
        sweep.resume(done.folder, engine="serial")
    assert elsewhere.is_study("theirs", tmp_path)
    assert not elsewhere.is_study("others", tmp_path)
