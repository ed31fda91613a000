"""TensorBoard's event files: whole records are read, torn ones are not, folders follow
the settings."""

import pytest

from sweep.model.trial import Report, State, Trial
from sweep.spec import TensorBoard
from sweep.trackers.protocol import target
from sweep.trackers.tensorboard import events, opened
from tests.sweep.trackers.two_kinds import study


def trial(count, state=State.RUNNING):
    reports = [Report(epoch, {"val/f1": epoch / 4}, 1.0) for epoch in range(count)]
    return Trial(
        0, "search", "search 0", {"epochs": 3}, 0, state=state, reports=reports
    )


def steps(path):
    return [e.step for e in events(path) for v in e.summary.value if v.tag == "val/f1"]


@pytest.fixture
def tracker(tmp_path):
    return opened(target(study(tmp_path), tmp_path), TensorBoard())


def test_a_record_that_was_torn_at_the_end_is_left_out(tracker):
    tracker.write(trial(2))
    tracker.close()
    (path,) = tracker.folder.glob("*/events*")
    assert steps(path) == [0, 1]
    path.write_bytes(path.read_bytes()[:-3])
    assert steps(path) == [0]


def test_an_epoch_is_written_once_however_often_its_trial_is(tracker):
    for count in (1, 1, 2, 3):
        tracker.write(trial(count))
    tracker.close()
    (path,) = tracker.folder.glob("*/events*")
    assert steps(path) == [0, 1, 2]


def test_a_finished_trial_is_not_written_again(tracker):
    tracker.write(trial(1, State.COMPLETE))
    tracker.write(trial(3, State.COMPLETE))
    (path,) = tracker.folder.glob("*/events*")
    assert steps(path) == [0]


def test_files_go_to_the_folder_that_the_study_file_names(tmp_path):
    told = target(study(tmp_path), tmp_path)
    assert opened(told, TensorBoard()).folder == tmp_path.resolve() / "tensorboard"
    named = opened(told, TensorBoard(folder="runs")).folder
    assert named == told.place("runs")
