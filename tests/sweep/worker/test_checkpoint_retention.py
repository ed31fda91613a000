"""Which checkpoints stay: the latest, the best, and none before the study knows of it
is removed."""

import orjson
import pytest
from torch import nn

from sweep.worker.checkpoint import sha256_of
from sweep.worker.local_run import LocalRun


@pytest.mark.parametrize(
    "keep, kept",
    [(1, [1, 6]), (2, [1, 5, 6]), (3, [1, 4, 5, 6]), ("all", [0, 1, 2, 3, 4, 5, 6])],
)
def test_so_many_of_the_latest_checkpoints_stay_and_the_best_always(
    tmp_path, keep, kept
):
    run = LocalRun(tmp_path, metric="m", checkpoint_keep=keep)
    run.restore(model=nn.Linear(1, 1))
    for epoch, value in enumerate([0.1, 0.9, 0.2, 0.3, 0.4, 0.5, 0.6]):
        run.report(epoch, {"m": value})
    folder = tmp_path / "checkpoints"
    assert sorted(path.name for path in folder.glob("epoch-*")) == [
        f"epoch-{epoch:05d}.pt" for epoch in kept
    ]
    assert (folder / "best.pt").resolve().name == "epoch-00001.pt"


@pytest.mark.parametrize("keep", [1, 2])
def test_an_older_checkpoint_is_removed_only_when_the_study_knows_the_new_one(
    tmp_path, keep
):
    seen = []

    def log(report):
        folder = tmp_path / "checkpoints"
        there = {int(path.stem[-5:]) for path in folder.glob("epoch-*.pt")}
        assert (
            sha256_of(folder / f"epoch-{report.epoch:05d}.pt") == report.checkpoint
        ), "it is in its place and whole"
        assert (
            orjson.loads((folder / "index.json").read_bytes())[str(report.epoch)]
            == report.checkpoint
        )
        assert there >= set(range(max(report.epoch - keep, 0), report.epoch + 1)), (
            "and the older ones still stand"
        )
        seen.append(report.epoch)
        return False

    run = LocalRun(tmp_path, on_report=log, checkpoint_keep=keep)
    run.restore(model=nn.Linear(1, 1))
    for epoch in range(5):
        run.report(epoch, {"m": 0.5})
        assert len(list((tmp_path / "checkpoints").glob("epoch-*.pt"))) == min(
            epoch + 1, keep
        )
    assert seen == list(range(5))


@pytest.mark.parametrize("goal", ["maximize", "minimize"])
def test_the_last_two_and_the_best_stay(tmp_path, goal):
    run = LocalRun(tmp_path, metric="m", goal=goal)
    run.restore(model=nn.Linear(1, 1))
    for epoch, value in enumerate([0.1, 0.9, 0.5, 0.4, 0.3]):
        run.report(epoch, {"m": value if goal == "maximize" else -value})
    kept = sorted(path.name for path in (tmp_path / "checkpoints").glob("epoch-*.pt"))
    assert kept == ["epoch-00001.pt", "epoch-00003.pt", "epoch-00004.pt"]
    assert (tmp_path / "checkpoints" / "best.pt").resolve().name == "epoch-00001.pt"
    assert (tmp_path / "checkpoints" / "latest.pt").resolve().name == "epoch-00004.pt"


def test_older_checkpoints_go_only_when_the_report_has_been_taken(tmp_path):
    there = []

    def take(report):
        there.append(
            sorted(path.name for path in (tmp_path / "checkpoints").glob("epoch-*.pt"))
        )
        return False

    run = LocalRun(tmp_path, on_report=take)
    run.restore(model=nn.Linear(1, 1))
    for epoch in range(4):
        run.report(epoch, {"loss": 1.0})
    assert there[3] == ["epoch-00001.pt", "epoch-00002.pt", "epoch-00003.pt"]


def test_the_best_is_remembered_through_a_resume(tmp_path):
    model = nn.Linear(1, 1)
    run = LocalRun(tmp_path, metric="m")
    run.restore(model=model)
    run.report(0, {"m": 0.9})
    run.report(1, {"m": 0.2})
    again = LocalRun(tmp_path, metric="m")
    again.restore(model=model)
    again.report(2, {"m": 0.5})
    assert (tmp_path / "checkpoints" / "best.pt").resolve().name == "epoch-00000.pt"
