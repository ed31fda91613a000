"""Lightning's CSV logs."""

import pytest

from sweep.errors import UsageError
from sweep.imported.readers.lightning_logs import LIGHTNING
from tests.sweep.imported.readers import sources


def test_rows_of_training_and_validation_are_one_epoch(tmp_path):
    table = LIGHTNING.read(sources.lightning(tmp_path))
    assert len(table.rows) == 2 * sources.EPOCHS
    assert not table.rows[["loss", "acc"]].isna().any().any()


def test_settings_that_are_objects_are_left_out(tmp_path):
    assert LIGHTNING.read(sources.lightning(tmp_path)).parameters == ("lr",)


def test_an_empty_log_is_refused(tmp_path):
    (tmp_path / "metrics.csv").touch()
    with pytest.raises(UsageError, match=r"metrics\.csv cannot be read"):
        LIGHTNING.read(tmp_path)
