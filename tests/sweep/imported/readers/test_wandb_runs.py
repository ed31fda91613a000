"""W&B's run folders."""

import pytest

from sweep.errors import UsageError
from sweep.imported.readers.wandb_runs import WANDB
from sweep.imported.table import STATE
from tests.sweep.imported.readers import sources


def test_a_run_that_ended_well_is_complete_and_a_torn_file_is_read_to_its_last_record(
    tmp_path,
):
    folder = sources.wandb(tmp_path)
    whole = WANDB.read(folder).rows
    assert set(whole[STATE]) == {"complete"}
    file = next(folder.glob("**/*.wandb"))
    file.write_bytes(file.read_bytes()[:-40])
    torn = WANDB.read(file).rows
    assert set(torn[STATE]) == {"failed"}, "how it ended is not known"


def test_a_file_of_another_kind_is_refused(tmp_path):
    (tmp_path / "x.wandb").write_bytes(b"hello")
    with pytest.raises(UsageError, match="is not a W&B run file"):
        WANDB.read(tmp_path / "x.wandb")
