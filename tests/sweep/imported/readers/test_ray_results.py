"""Ray Tune's result folders."""

import pytest

from sweep.errors import UsageError
from sweep.imported.readers.ray_results import RAY
from sweep.imported.table import SECONDS, STATE
from tests.sweep.imported.readers import sources


def test_what_ray_adds_to_a_report_is_no_metric(tmp_path):
    table = RAY.read(sources.ray(tmp_path))
    assert table.metrics == ("acc",)
    assert set(table.rows[SECONDS]) == {2.0}


def test_a_trial_with_an_error_failed(tmp_path):
    folder = sources.ray(tmp_path)
    (folder / "train_0/error.txt").write_text("boom")
    states = RAY.read(folder).rows.groupby("run")[STATE].first()
    assert states.tolist() == ["failed", "complete"]


def test_a_trial_that_failed_before_its_first_report_is_a_run(tmp_path):
    folder = sources.ray(tmp_path)
    trial = folder / "train_2"
    trial.mkdir()
    (trial / "params.json").write_text('{"lr": 0.3}')
    (trial / "result.json").write_text("")
    (trial / "error.txt").write_text("boom")
    rows = RAY.read(folder).rows
    (failed,) = rows[rows["run"] == "train_2"].to_dict("records")
    assert (failed["lr"], failed[STATE]) == (0.3, "failed")


def test_a_folder_of_several_experiments_is_read(tmp_path):
    sources.ray(tmp_path)
    assert RAY.recognises(tmp_path)
    assert len(RAY.read(tmp_path).rows) == 2 * sources.EPOCHS


def test_a_damaged_line_is_refused(tmp_path):
    folder = sources.ray(tmp_path)
    (folder / "train_0/result.json").write_text("{")
    with pytest.raises(UsageError, match="is not a JSON object"):
        RAY.read(folder)
