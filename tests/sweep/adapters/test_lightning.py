"""A real Lightning Trainer under `SweepCallback`: what is reported, that it stops, and
that it resumes bit for bit."""

import subprocess
import sys
import warnings

import orjson
import pytest
import torch
from torch import nn

from sweep.worker.local_run import LocalRun

with warnings.catch_warnings():
    warnings.simplefilter(
        "ignore"
    )  # what the libraries say of each other while they are imported
    import lightning.pytorch as pl

    from sweep.adapters.lightning import SweepCallback

QUIET = {
    "accelerator": "cpu",
    "logger": False,
    "enable_progress_bar": False,
    "enable_model_summary": False,
}
pytestmark = [
    # Lightning advises workers for the data loader, which tiny data do not need.
    pytest.mark.filterwarnings("ignore:.*does not have many workers"),
    pytest.mark.filterwarnings("ignore:.*LeafSpec:FutureWarning"),
]


class Odd:
    """A hyperparameter that is no data."""


def module(config):
    class Net(pl.LightningModule):
        """Dropout, batch norm, momentum, and a schedule of each kind; logs as one does."""

        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(
                nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 1)
            )

        def training_step(self, batch):
            loss = (self.net(batch[0]) - batch[1]).square().mean()
            self.log("train_loss", loss, on_epoch=True, on_step=False)
            return loss

        def validation_step(self, batch):
            self.log("val_loss", (self.net(batch[0]) - batch[1]).square().mean())

        def on_train_epoch_end(self):
            self.log("learning_rate", self.optimizers().param_groups[0]["lr"])
            if self.current_epoch == config.get("die_in"):
                raise RuntimeError("killed")

        def configure_optimizers(self):
            optimizer = torch.optim.AdamW(self.parameters(), lr=0.05)
            schedulers = torch.optim.lr_scheduler
            if (kind := config.get("schedule", "epoch")) == "step":
                schedule = {
                    "scheduler": schedulers.OneCycleLR(optimizer, 0.1, 60),
                    "interval": "step",
                }
            elif kind == "epoch":
                schedule = {"scheduler": schedulers.StepLR(optimizer, 1, 0.7)}
            else:
                schedule = {
                    "scheduler": schedulers.ReduceLROnPlateau(
                        optimizer, patience=0, threshold=0.5
                    )
                }
                schedule["monitor"] = "val_loss"
            return {"optimizer": optimizer, "lr_scheduler": schedule}

    return Net()


def train(config, run):
    pl.seed_everything(run.seed, verbose=False)
    x = torch.randn(40, 3, generator=torch.Generator().manual_seed(0))
    data = torch.utils.data.TensorDataset(x, x.sum(1, keepdim=True))
    loaders = [
        torch.utils.data.DataLoader(data, 8, shuffle=shuffle)
        for shuffle in (True, False)
    ]
    model = module(config)
    callback = SweepCallback(run)
    trainer = pl.Trainer(
        max_epochs=config["epochs"],
        callbacks=[callback],
        **QUIET,
        **config.get("options", {}),
    )
    trainer.fit(
        model, *loaders[: config.get("loaders", 2)], ckpt_path=callback.resume_from
    )
    return {name: value.clone() for name, value in model.state_dict().items()}


def history(folder):
    lines = [
        orjson.loads(line)
        for line in (folder / "history.jsonl").read_bytes().splitlines()
    ]
    return [{k: v for k, v in line.items() if k != "seconds"} for line in lines]


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def test_each_epoch_is_reported_once_with_what_was_logged_under_its_own_name(tmp_path):
    train({"epochs": 3}, LocalRun(tmp_path, metric="val_loss", goal="minimize"))
    lines = history(tmp_path)
    assert [line["epoch"] for line in lines] == [0, 1, 2]
    assert all(
        line.keys() == {"epoch", "train_loss", "val_loss", "learning_rate"}
        for line in lines
    )
    assert [line["learning_rate"] for line in lines] == pytest.approx(
        [0.035, 0.0245, 0.01715]
    )


@pytest.mark.parametrize("schedule", ["step", "epoch", "plateau"])
@pytest.mark.parametrize("die_in", [1, 3])
def test_a_resumed_trial_equals_an_uninterrupted_one_bit_for_bit(
    tmp_path, schedule, die_in
):
    config = {"epochs": 5, "schedule": schedule}
    want = train(
        config, LocalRun(tmp_path / "calm", seed=3, metric="val_loss", goal="minimize")
    )
    with pytest.raises(RuntimeError, match="killed"):
        train({**config, "die_in": die_in}, LocalRun(tmp_path / "hit", seed=3))
    torch.manual_seed(1000)  # another process has drawn other numbers
    resumed = train(config, LocalRun(tmp_path / "hit", seed=3))
    assert history(tmp_path / "hit") == history(tmp_path / "calm")
    assert same(resumed, want)


def test_told_to_stop_it_stops_and_can_go_on(tmp_path):
    want = train({"epochs": 4}, LocalRun(tmp_path / "calm"))
    train(
        {"epochs": 4},
        LocalRun(tmp_path / "hit", on_report=lambda report: report.epoch == 1),
    )
    assert [line["epoch"] for line in history(tmp_path / "hit")] == [0, 1]
    assert same(train({"epochs": 4}, LocalRun(tmp_path / "hit")), want)
    assert history(tmp_path / "hit") == history(tmp_path / "calm")


@pytest.mark.filterwarnings(
    "ignore:You defined a `validation_step` but have no `val_dataloader`"
)
def test_only_epochs_with_a_validation_are_reported_and_without_any_every_epoch(
    tmp_path,
):
    train(
        {"epochs": 4, "options": {"check_val_every_n_epoch": 2}},
        LocalRun(tmp_path / "some"),
    )
    assert [line["epoch"] for line in history(tmp_path / "some")] == [1, 3]
    train(
        {"epochs": 2, "options": {"val_check_interval": 0.5}},
        LocalRun(tmp_path / "twice"),
    )
    assert [line["epoch"] for line in history(tmp_path / "twice")] == [0, 1]
    train({"epochs": 2, "loaders": 1}, LocalRun(tmp_path / "none"))
    assert [line.keys() for line in history(tmp_path / "none")] == [
        {"epoch", "train_loss", "learning_rate"}
    ] * 2


def test_a_checkpoint_that_is_due_only_at_the_end_is_the_one_to_go_on_from(tmp_path):
    config = {"epochs": 3, "schedule": "plateau"}
    run = LocalRun(tmp_path / "hit", checkpoint_every=10)
    train(config, run)
    run.finish()
    more = train(
        {**config, "epochs": 5}, LocalRun(tmp_path / "hit", checkpoint_every=10)
    )
    assert same(more, train({**config, "epochs": 5}, LocalRun(tmp_path / "calm")))


def test_the_older_package_name_works_as_well(tmp_path):
    """In a process of its own: which of the two classes is taken follows from what is imported."""
    script = """
import sys, warnings
warnings.simplefilter("ignore")
import pytorch_lightning, torch
from sweep import LocalRun
from sweep.adapters.lightning import SweepCallback
class Net(pytorch_lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = torch.nn.Linear(1, 1)
    def training_step(self, batch):
        loss = self.net(batch).square().mean()
        self.log("loss", loss)
        return loss
    def on_train_epoch_end(self): self.log("late", 1.0)
    def configure_optimizers(self): return torch.optim.SGD(self.parameters(), 0.1)
callback = SweepCallback(LocalRun(sys.argv[1]))
assert isinstance(callback, pytorch_lightning.Callback)
trainer = pytorch_lightning.Trainer(
    accelerator="cpu", max_epochs=2, callbacks=[callback], logger=False, enable_progress_bar=False
)
trainer.fit(Net(), torch.utils.data.DataLoader(torch.randn(4, 1)), ckpt_path=callback.resume_from)
"""
    subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        check=True,
        capture_output=True,
        cwd=tmp_path,
    )
    assert [line.keys() for line in history(tmp_path)] == [
        {"epoch", "loss", "late"}
    ] * 2
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "checkpoints",
        "history.jsonl",
    ]


@pytest.mark.filterwarnings(
    "ignore:You defined a `validation_step` but have no `val_dataloader`"
)
def test_hyperparameters_that_are_objects_are_refused_at_the_first_report(tmp_path):
    net = module({})
    net.save_hyperparameters({"odd": Odd()})
    data = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(torch.randn(8, 3), torch.randn(8, 1)), 4
    )
    trainer = pl.Trainer(
        max_epochs=1, callbacks=[SweepCallback(LocalRun(tmp_path))], **QUIET
    )
    with pytest.raises(TypeError, match="Lightning's checkpoint holds more than data"):
        trainer.fit(net, data)
