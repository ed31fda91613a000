"""Frames of a study: every state, real types, what was noted; the ranking of the whole search."""

import pandas as pd
import pytest

import sweep
from sweep.report import study_frames
from tests.sweep import small


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("frames")
    (folder / "own.py").write_text(small.TRAINER, encoding="utf-8")
    (folder / "small.yaml").write_text(small.STUDY, encoding="utf-8")
    return sweep.run(folder / "small.yaml", results=folder / "results", engine="serial")


def test_a_row_a_trial_with_every_metric_and_real_types(study):
    frame = study.trials()
    assert len(frame) == 7
    assert frame["val/f1"].dtype == "float64"
    assert frame["test/f1"].eq(0.5).all()
    assert frame["config.epochs"].dtype == "int64"
    assert frame["config.learning_rate"].dtype == "float64"


def test_notes_of_a_trial_are_in_its_row(study):
    study.note("looks odd", trial=2, tags=["odd"])
    row = study.trials().loc[2]
    assert (row["tags"], row["notes"]) == ("odd", "looks odd")
    study.note(trial=2, untag=["odd"])
    assert study.trials().loc[2, "tags"] == ""


def test_the_arms_frame_has_one_row_for_each_arm(study):
    frame = study.arms().set_index("arm")
    assert list(frame.index) == ["baseline", "fast"]
    assert frame.loc["fast", "complete"] == 2
    assert frame.loc["fast", "val/f1"] == pytest.approx(0.3 * 0.3 + 0.005)


def test_the_whole_search_is_ranked(study):
    frame = study.table("search", rows="all")
    assert list(frame["rank"]) == [1, 2, 3]
    assert frame["val/f1"].is_monotonic_decreasing
    with pytest.raises(sweep.SweepError, match="rows="):
        study.table(rows="some")


def test_the_best_trial_has_its_configuration_metrics_and_folder(study):
    best = study.best()
    assert best.config["learning_rate"] == 0.3
    assert best.metrics["val/f1"] == best.value
    assert best.folder.is_dir()


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2], "int64"),
        ([1, None], "Int64"),
        ([1, 2.5], "float64"),
        ([True, False], "bool"),
        ([True, None], "boolean"),
        (["a", None], "string"),
        (["a", 1], "object"),
        ([[1], [2]], "object"),
        ([None], "object"),
    ],
)
def test_a_column_has_the_type_of_its_values(values, kind):
    assert study_frames.typed(values).dtype == kind


def test_missing_values_stay_missing():
    assert pd.isna(study_frames.typed([1, None])[1])
