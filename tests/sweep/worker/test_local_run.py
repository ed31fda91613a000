"""LocalRun: what the trainer contract promises, with and without a study behind it."""

import errno
import json
import math

import numpy as np
import orjson
import pytest
import torch
from torch import nn

from sweep import durable
from sweep.errors import (
    CannotWrite,
    MetricMissing,
    ReportOutOfOrder,
    TrialDiverged,
    TrialError,
)
from sweep.worker.local_run import LocalRun


def history(folder):
    return [
        orjson.loads(line)
        for line in (folder / "history.jsonl").read_bytes().splitlines()
    ]


def test_a_history_that_cannot_be_written_is_left_as_it_was(tmp_path, failing_disk):
    run = LocalRun(tmp_path)
    run.report(0, {"m": 0.5})
    before = (tmp_path / "history.jsonl").read_bytes()
    disk = failing_disk(2, errno.ENOSPC, for_good=False, torn=True)
    with (
        durable.on(disk.made()),
        pytest.raises(CannotWrite, match=r"history\.jsonl: No space left on device"),
    ):
        run.report(1, {"m": 0.5})
    assert disk.calls == ["open", "write", "truncate"]
    assert (tmp_path / "history.jsonl").read_bytes() == before


def test_without_registered_state_every_attempt_begins_at_epoch_0(tmp_path):
    run = LocalRun(tmp_path)
    assert run.restore() == 0
    run.report(0, {"loss": 1.0})
    again = LocalRun(tmp_path)
    assert again.restore() == 0
    assert not (tmp_path / "checkpoints").exists()
    assert again.report(0, {"loss": 1.0}) is False
    assert [line["epoch"] for line in history(tmp_path)] == [0]


def test_a_trainer_that_registers_other_objects_than_the_checkpoint_holds_is_told_which(
    tmp_path,
):
    run = LocalRun(tmp_path)
    run.restore(model=nn.Linear(1, 1))
    run.report(0, {"loss": 1.0})
    with pytest.raises(
        TrialError, match=r"holds \['model'\], the trainer now registers \['net'\]"
    ):
        LocalRun(tmp_path).restore(net=nn.Linear(1, 1))


def test_what_has_no_state_cannot_be_registered(tmp_path):
    with pytest.raises(
        TypeError, match=r"run\.restore\(model=\.\.\.\) was given a dict"
    ):
        LocalRun(tmp_path).restore(model={})


def test_a_history_that_a_kill_left_torn_is_cut(tmp_path):
    run = LocalRun(tmp_path)
    model = nn.Linear(1, 1)
    run.restore(model=model)
    run.report(0, {"loss": 1.0})
    with (tmp_path / "history.jsonl").open("ab") as file:
        file.write(b'{"epoch":1,"lo\n\0\0\n{"epoch":1,')
    again = LocalRun(tmp_path)
    assert again.restore(model=model) == 1
    again.report(1, {"loss": 0.5})
    assert [line["epoch"] for line in history(tmp_path)] == [0, 1]


def test_a_report_is_handed_over_with_its_numbers_its_seconds_and_its_checkpoint(
    tmp_path,
):
    taken = []
    run = LocalRun(tmp_path, on_report=lambda report: bool(taken.append(report)))
    run.restore(model=nn.Linear(1, 1))
    run.report(
        np.int64(0),
        {
            "a": torch.tensor(0.5),
            "b": np.float32(2.0),
            "c": 3,
            "epoch": 7.0,
            "gap": math.nan,
        },
    )
    (report,) = taken
    assert report.metrics == {"a": 0.5, "b": 2.0, "c": 3.0, "epoch": 7.0, "gap": None}
    assert (report.epoch, type(report.epoch)) == (0, int)
    assert 0 < report.seconds < 60
    assert len(report.checkpoint) == 64
    assert history(tmp_path)[0]["epoch"] == 0, (
        "a metric of that name does not hide the epoch"
    )


@pytest.mark.parametrize("second", [1, 0, -1])
def test_an_epoch_is_reported_once_and_in_order(tmp_path, second):
    run = LocalRun(tmp_path)
    run.report(1, {"loss": 1.0})
    with pytest.raises(
        ReportOutOfOrder, match=f"epoch {second} after 1; each epoch once"
    ):
        run.report(second, {"loss": 1.0})


def test_epochs_may_be_left_out(tmp_path):
    run = LocalRun(tmp_path)
    run.report(4, {"loss": 1.0})
    run.report(9, {"loss": 1.0})
    assert [line["epoch"] for line in history(tmp_path)] == [4, 9]


def test_epochs_without_the_metric_are_kept_and_the_others_select(tmp_path):
    run = LocalRun(tmp_path, metric="val/f1")
    for epoch in range(5):
        validated = {"val/f1": 0.5} if epoch == 4 else {}
        run.report(epoch, {"train/loss": 1.0, **validated})
    run.finish()
    assert [line["epoch"] for line in history(tmp_path)] == [0, 1, 2, 3, 4]


def test_a_trainer_that_never_reports_the_metric_fails_when_it_ends(tmp_path):
    run = LocalRun(tmp_path, metric="val/f1")
    run.report(0, {"train/loss": 1.0, "val/accuracy": 0.5})
    with pytest.raises(
        MetricMissing, match="no report had the study's metric 'val/f1'"
    ):
        run.finish()


def test_a_missing_metric_is_named_with_the_nearest_that_was_reported(tmp_path):
    with pytest.raises(
        MetricMissing,
        match=r"'val/f1'; did you mean 'val/f_1'\? one of: train/loss, val/f_1",
    ):
        LocalRun(tmp_path, metric="val/f1").report(
            0, {"val/f_1": 0.5, "train/loss": 1.0}
        )


@pytest.mark.parametrize("name", ["val/f1", "train/loss", "loss"])
@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, torch.tensor(math.nan)]
)
def test_a_loss_or_metric_that_is_not_finite_ends_the_trial(tmp_path, name, value):
    with pytest.raises(TrialDiverged, match=rf"{name} is -?(nan|inf) at epoch 1"):
        LocalRun(tmp_path, metric="val/f1").report(
            0, {"val/f1": 0.5, "train/loss": 1.0, name: value}
        )
    assert not (tmp_path / "history.jsonl").exists(), "and leaves nothing behind"


@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize("first", [0, 1])
def test_the_epoch_that_diverged_is_counted_from_one(tmp_path, first, killed):
    run = LocalRun(tmp_path, metric="m", epochs=9)
    run.restore(model=torch.nn.Linear(1, 1))
    for epoch in range(first, first + 3):
        run.report(epoch, {"m": 0.5})
    if killed:
        run = LocalRun(tmp_path, metric="m", epochs=9)
        assert run.restore(model=torch.nn.Linear(1, 1)) == first + 3
    with pytest.raises(TrialDiverged, match=r"^m is nan at epoch 4$"):
        run.report(first + 3, {"m": math.nan})


def test_a_report_out_of_order_is_told_what_was_given(tmp_path):
    run = LocalRun(tmp_path)
    run.report(3, {"m": 0.5})
    with pytest.raises(
        ReportOutOfOrder, match=r"was given epoch 3 after 3; each epoch once"
    ):
        run.report(3, {"m": 0.5})


def test_a_value_too_large_for_any_statistic_counts_as_infinite(tmp_path):
    run = LocalRun(tmp_path, metric="val/ppl")
    run.report(0, {"val/ppl": 1e149, "test/ppl": 1e151})
    line = json.loads((tmp_path / "history.jsonl").read_text())
    assert (line["val/ppl"], line["test/ppl"]) == (1e149, None)
    with pytest.raises(
        TrialDiverged,
        match=r"val/ppl is 1e\+151 at epoch 2; values beyond ±1e\+150 count as infinite",
    ):
        run.report(1, {"val/ppl": 1e151})


def test_a_trainer_that_goes_on_after_it_was_told_to_stop_is_told_so(tmp_path):
    run = LocalRun(tmp_path, on_report=lambda report: True)
    assert run.report(0, {"loss": 1.0}) is True
    with pytest.raises(TrialError, match="leave the loop then"):
        run.report(1, {"loss": 1.0})


def test_a_trainer_runs_with_nothing_but_a_folder(tmp_path):
    run = LocalRun(tmp_path / "new" / "folder")
    assert (run.seed, run.fold, run.folds, run.folder) == (
        0,
        None,
        None,
        tmp_path / "new" / "folder",
    )
    run.report(0, {"loss": 1.0})
    run.report(1, {"loss": 0.5})
    assert len(history(run.folder)) == 2
