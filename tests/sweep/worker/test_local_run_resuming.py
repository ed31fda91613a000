"""LocalRun: a trial that was interrupted goes on to the same numbers, and no epoch stands twice."""

import random
from functools import partial

import numpy as np
import orjson
import pytest
import torch
from torch import nn

from sweep.worker.local_run import LocalRun


def train(config, run, die_after=None):
    """A tiny trainer with all that has a state: weights, momentum, a schedule, four
    sources of random numbers."""
    random.seed(run.seed)
    np.random.seed(run.seed)  # noqa: NPY002
    torch.manual_seed(run.seed)
    order = torch.Generator().manual_seed(run.seed)
    model = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.5), nn.Linear(4, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.05)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, config["epochs"])
    data = torch.randn(16, 3)
    start = run.restore(
        model=model, optimizer=optimizer, scheduler=scheduler, order=order
    )
    for epoch in range(start, config["epochs"]):
        batch = data[torch.randperm(16, generator=order)[:8]]
        noise = random.random() + np.random.rand()  # noqa: NPY002
        loss = (model(batch) - noise).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        if die_after == epoch:
            raise KeyboardInterrupt
        if run.report(epoch, {"loss": loss, "val/f1": 1 / (1 + loss.item())}):
            break
    return {name: value.clone() for name, value in model.state_dict().items()}


def history(folder):
    return [
        orjson.loads(line)
        for line in (folder / "history.jsonl").read_bytes().splitlines()
    ]


def numbers(folder):
    return [
        {k: v for k, v in line.items() if k != "seconds"} for line in history(folder)
    ]


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


@pytest.mark.parametrize("every", [1, 2, 3])
@pytest.mark.parametrize("died_in", [0, 1, 2, 3, 4])
def test_a_resumed_trial_equals_an_uninterrupted_one_bit_for_bit(
    tmp_path, died_in, every
):
    config = {"epochs": 5}
    want = train(
        config,
        LocalRun(tmp_path / "calm", seed=3, metric="val/f1", checkpoint_every=every),
    )
    with pytest.raises(KeyboardInterrupt):
        train(
            config,
            LocalRun(tmp_path / "hit", seed=3, metric="val/f1", checkpoint_every=every),
            die_after=died_in,
        )
    resumed = train(
        config,
        LocalRun(tmp_path / "hit", seed=3, metric="val/f1", checkpoint_every=every),
    )
    assert same(resumed, want)
    assert numbers(tmp_path / "hit") == numbers(tmp_path / "calm")
    assert [line["epoch"] for line in history(tmp_path / "hit")] == list(range(5))


def test_different_seeds_give_different_results(tmp_path):
    assert not same(
        train({"epochs": 1}, LocalRun(tmp_path / "a", seed=1)),
        train({"epochs": 1}, LocalRun(tmp_path / "b", seed=2)),
    )


def test_epochs_that_the_study_never_heard_of_are_trained_again_and_stand_once(
    tmp_path,
):
    config = {"epochs": 5}
    want = train(config, LocalRun(tmp_path, seed=3))
    resumed = train(config, LocalRun(tmp_path, seed=3, last_epoch=2))
    assert same(resumed, want)
    assert [line["epoch"] for line in history(tmp_path)] == list(range(5))


def test_a_damaged_checkpoint_costs_an_epoch_and_is_named_to_the_study(tmp_path):
    config, notices, reported = {"epochs": 4}, [], []
    want = train(config, LocalRun(tmp_path, seed=3))
    newest = (tmp_path / "checkpoints" / "latest.pt").resolve()
    newest.write_bytes(newest.read_bytes()[:-1])
    run = LocalRun(
        tmp_path,
        seed=3,
        notify=notices.append,
        on_report=lambda report: bool(reported.append(report.epoch)),
    )
    assert same(train(config, run), want)
    assert reported == [3]
    assert "epoch-00003.pt does not match its hash" in notices[0]


def hurried(folder, heard, **more):
    """A run whose trainer waits for no answer."""
    return LocalRun(
        folder,
        seed=3,
        waits=lambda epoch, seconds: False,
        on_report=lambda r: bool(heard.append(r)),
        **more,
    )


def test_reports_that_the_study_never_received_are_sent_again_without_training(
    tmp_path,
):
    config, said, heard = {"epochs": 5}, [], []
    want = train(config, LocalRun(tmp_path / "calm", seed=3))
    with pytest.raises(KeyboardInterrupt):
        train(config, hurried(tmp_path / "hit", said, last_epoch=-1), die_after=3)
    assert same(train(config, hurried(tmp_path / "hit", heard, last_epoch=0)), want)
    assert [report.epoch for report in heard] == [1, 2, 3, 4]
    assert [(r.epoch, r.metrics, r.checkpoint) for r in heard[:2]] == [
        (r.epoch, r.metrics, r.checkpoint) for r in said[1:3]
    ]
    assert numbers(tmp_path / "hit") == numbers(tmp_path / "calm")


def test_only_the_report_that_the_study_never_answered_is_trained_again(
    tmp_path,
):
    def killed_at_3(report):
        if report.waits and report.epoch == 3:
            raise KeyboardInterrupt
        return False

    config, heard = {"epochs": 5}, []
    waiting = {
        "waits": lambda epoch, seconds: epoch in (0, 3),
        "on_report": killed_at_3,
    }
    with pytest.raises(KeyboardInterrupt):
        train(config, LocalRun(tmp_path, seed=3, last_epoch=-1, **waiting))
    trained = LocalRun(
        tmp_path, seed=3, last_epoch=1, on_report=lambda r: bool(heard.append(r.epoch))
    )
    train(config, trained)
    assert heard == [2, 3, 4], "2 is handed over, 3 trained again"
    assert [line["epoch"] for line in history(tmp_path)] == list(range(5))


def test_a_checkpoint_is_not_used_if_it_lacks_a_report_that_the_study_needs(tmp_path):
    config, heard = {"epochs": 5}, []
    train(
        config,
        LocalRun(
            tmp_path, seed=3, last_epoch=-1, waits=lambda epoch, seconds: epoch == 1
        ),
    )
    assert LocalRun(tmp_path, seed=3, last_epoch=0).restore() == 0
    train(config, hurried(tmp_path, heard, last_epoch=0))
    assert [report.epoch for report in heard] == list(range(5))


def test_a_trial_that_is_stopped_while_its_reports_are_handed_over_reports_no_further_epoch(
    tmp_path,
):
    config, heard = {"epochs": 5}, []
    with pytest.raises(KeyboardInterrupt):
        train(config, hurried(tmp_path, [], last_epoch=-1), die_after=3)
    stop = LocalRun(
        tmp_path,
        seed=3,
        last_epoch=0,
        on_report=lambda report: heard.append(report.epoch) is None,
    )
    train(config, stop)
    assert heard == [1, 2]
    assert [line["epoch"] for line in history(tmp_path)] == [0, 1, 2]


def test_a_long_run_without_an_answer_waits_for_one_now_and_then(tmp_path):
    heard = []
    train({"epochs": 40}, hurried(tmp_path, heard))
    waited = [report.epoch for report in heard if report.waits]
    assert waited == [16, 33]


def test_a_stopped_trial_has_the_checkpoint_of_its_last_epoch_and_goes_on_from_it(
    tmp_path,
):
    config = {"epochs": 5}
    want = train(config, LocalRun(tmp_path / "calm", seed=3, checkpoint_every=4))
    train(
        config,
        LocalRun(
            tmp_path / "hit",
            seed=3,
            checkpoint_every=4,
            on_report=lambda report: report.epoch == 1,
        ),
    )
    assert [line["epoch"] for line in history(tmp_path / "hit")] == [0, 1]
    reported = []
    run = LocalRun(
        tmp_path / "hit",
        seed=3,
        checkpoint_every=4,
        on_report=lambda r: bool(reported.append(r.epoch)),
    )
    assert same(train(config, run), want)
    assert reported == [2, 3, 4]


def train_with_all_that_has_a_state(config, run, die_after=None):
    """AdamW, a warm-restart schedule, a gradient scaler that changes its scale,
    dropout, and a shuffling DataLoader."""
    torch.manual_seed(run.seed)
    order = torch.Generator().manual_seed(run.seed)
    model = nn.Sequential(
        nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.3), nn.Linear(4, 1)
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.05)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 2, 2)
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0, growth_interval=3)
    data = torch.utils.data.TensorDataset(torch.randn(20, 3), torch.randn(20, 1))
    loader = torch.utils.data.DataLoader(
        data, batch_size=4, shuffle=True, generator=order
    )
    start = run.restore(
        model=model,
        optimizer=optimizer,
        scheduler=scheduler,
        scaler=scaler,
        order=order,
    )
    for epoch in range(start, config["epochs"]):
        for batch, target in loader:
            optimizer.zero_grad()
            loss = (model(batch) - target).square().mean()
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
        scheduler.step()
        if die_after == epoch:
            raise KeyboardInterrupt
        if run.report(
            epoch,
            {
                "loss": loss,
                "scale": scaler.get_scale(),
                "lr": scheduler.get_last_lr()[0],
            },
        ):
            break
    return {name: value.clone() for name, value in model.state_dict().items()}


@pytest.mark.parametrize("died_in", range(6))
def test_optimizer_schedule_gradient_scaler_and_data_order_go_on_bit_for_bit(
    tmp_path, died_in
):
    config, run = {"epochs": 6}, partial(LocalRun, seed=3)
    want = train_with_all_that_has_a_state(config, run(tmp_path / "calm"))
    with pytest.raises(KeyboardInterrupt):
        train_with_all_that_has_a_state(
            config, run(tmp_path / "hit"), die_after=died_in
        )
    torch.manual_seed(1000), torch.rand(7)  # another process has drawn other numbers
    assert same(train_with_all_that_has_a_state(config, run(tmp_path / "hit")), want)
    assert numbers(tmp_path / "hit") == numbers(tmp_path / "calm")
    assert len({line["scale"] for line in numbers(tmp_path / "calm")}) > 1, (
        "the scaler had something to remember"
    )
