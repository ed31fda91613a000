"""TensorBoard's event files."""

from tensorboardX import SummaryWriter

from sweep.imported.columns import Columns
from sweep.imported.importing import import_files
from sweep.imported.readers.tensorboard_events import TENSORBOARD
from sweep.study import load
from tests.sweep.imported.readers import sources


def test_every_folder_with_events_is_a_run_and_a_file_is_one_too(tmp_path):
    folder = sources.tensorboard(tmp_path)
    assert set(TENSORBOARD.read(folder).rows["run"]) == {"run-0", "run-1"}
    (file,) = (folder / "run-0").iterdir()
    assert len(TENSORBOARD.read(file).rows) == sources.EPOCHS


def test_a_folder_without_events_is_none(tmp_path):
    assert not TENSORBOARD.recognises(tmp_path)


def test_names_of_folders_tell_arm_and_seed(tmp_path):
    for arm in ("base", "focal"):
        for seed in range(2):
            folder = tmp_path / f"runs/arm={arm}/seed={seed}"
            with SummaryWriter(str(folder)) as writer:
                for step in range(0, 40, 10):
                    writer.add_scalar("loss/train", 1.0 / (1 + step), step)
                    if step % 20 == 10:
                        writer.add_scalar("acc/val", step / 100 + seed / 50, step)
    done = import_files(
        [tmp_path / "runs"], "theirs", tmp_path, Columns(metrics=("acc/val",))
    )
    assert done.arms == ("base", "focal")
    assert (done.columns.arm, done.columns.seed) == ("arm", "seed")
    study = load(done.folder)
    assert study.epochs()["epoch"].max() == 2
    assert any(
        "taken from the names of the runs" in note.message
        for note in study.history.notices
    )
