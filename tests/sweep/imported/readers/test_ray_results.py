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


def test_a_damaged_line_is_refused(tmp_path):
    folder = sources.ray(tmp_path)
    (folder / "train_0/result.json").write_text("{")
    with pytest.raises(UsageError, match="is not a JSON object"):
        RAY.read(folder)
