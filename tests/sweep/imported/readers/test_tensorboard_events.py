"""TensorBoard's event files."""

from sweep.imported.readers.tensorboard_events import TENSORBOARD
from tests.sweep.imported.readers import sources


def test_every_folder_with_events_is_a_run_and_a_file_is_one_too(tmp_path):
    folder = sources.tensorboard(tmp_path)
    assert set(TENSORBOARD.read(folder).rows["run"]) == {"run-0", "run-1"}
    (file,) = (folder / "run-0").iterdir()
    assert len(TENSORBOARD.read(file).rows) == sources.EPOCHS


def test_a_folder_without_events_is_none(tmp_path):
    assert not TENSORBOARD.recognises(tmp_path)
