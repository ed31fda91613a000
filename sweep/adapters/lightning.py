"""Use a Lightning `Trainer` in a study: `SweepCallback` reports, stops and resumes it.

A resumed trial continues bit for bit.

    def train(config, run):
        L.seed_everything(run.seed)
        model = Model(config)
        sweep_callback = SweepCallback(run)
        trainer = L.Trainer(max_epochs=config["epochs"], callbacks=[sweep_callback])
        trainer.fit(model, data, ckpt_path=sweep_callback.resume_from)

It works with `lightning.pytorch` and with `pytorch_lightning`.
"""

from __future__ import annotations

import importlib
import pickle
import sys
from pathlib import Path
from typing import IO, Any, cast

import torch

from sweep import durable
from sweep.adapters.snapshot import Snapshot, State, numbers
from sweep.worker.checkpoint import random_states, set_random_states
from sweep_trainers.contract import Run

FILE = "lightning.ckpt"  # in the trial's folder: what `resume_from` names


def _base() -> Any:
    """Lightning's class of callbacks that come after the module's own hooks, and
    replace its default checkpoints.
    """
    names = ["lightning.pytorch", "pytorch_lightning"]
    names.sort(
        key=lambda name: name not in sys.modules
    )  # the one in use, else the first
    for name in names:
        try:
            return importlib.import_module(f"{name}.callbacks").Checkpoint
        except ModuleNotFoundError as error:
            if error.name is None or not name.startswith(error.name):
                raise
    raise ModuleNotFoundError(
        'sweep.adapters.lightning needs Lightning: pip install "sweep-ablation[lightning]"'
    )


class SweepCallback(_base()):  # type: ignore[misc]
    """Reports every epoch that ended with a validation (every epoch, if there is none), once.

    The report holds what was logged, under its own name (`val_loss`), with `trainer.current_epoch`.
    Lightning's checkpoint (weights, optimizers, schedules, gradient scaler, loops, callbacks, data
    module) and the random states are in the trial's checkpoint; Lightning's default checkpoints are
    not written as well.

    Args:
        run: what the trainer was given. Build the model before the callback, or after it: both
            resume alike.

    Attributes:
        resume_from: for `trainer.fit(ckpt_path=…)`; None on a fresh trial.

    Raises:
        TypeError: at the first report, if Lightning's checkpoint holds more than data
            (hyperparameters that are objects, say), which could not be read back safely.
    """

    def __init__(self, run: Run):
        super().__init__()
        self._run = run
        self._snapshot = Snapshot(self._take)
        self._trainer: Any = None
        self._validated = self._reporting = False
        run.restore(lightning=self._snapshot)
        self.resume_from: Path | None = None
        if self._snapshot.restored is not None:
            self.resume_from = run.folder / FILE
            restored = self._snapshot.restored["checkpoint"]
            durable.write_aside(
                self.resume_from,
                lambda file: torch.save(restored, cast("IO[bytes]", file)),
                sync=False,
            )

    def _take(self) -> State:
        if self._trainer is None:
            return {}
        aside = self._run.folder / f"{FILE}.writing"
        durable.remove(aside)  # Lightning would follow a link
        self._trainer.save_checkpoint(aside, weights_only=False)
        try:
            checkpoint = torch.load(aside, map_location="cpu", weights_only=True)
        except pickle.UnpicklingError as error:
            why = str(error).splitlines()[0]
            raise TypeError(
                f"Lightning's checkpoint holds more than data: {why}. Leave objects out"
                " of save_hyperparameters (ignore=[…]) and out of on_save_checkpoint"
            ) from error
        finally:
            aside.unlink(missing_ok=True)
        # Lightning steps these schedules behind the hook we report from; they wait for
        # `on_train_start`.
        due = {
            name: value.detach().cpu()
            for name, value in self._trainer.callback_metrics.items()
            if self._reporting
        }
        return {"checkpoint": checkpoint, "random": random_states(), "plateaus": due}

    def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
        """Go on with the random numbers of the last report; building model and data has
        drawn others.
        """
        self._trainer = trainer
        if self._snapshot.restored is not None:
            set_random_states(self._snapshot.restored["random"])

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Give schedules that watch a metric the step that Lightning makes after an
        epoch was reported.
        """
        due = (
            {}
            if self._snapshot.restored is None
            else self._snapshot.restored["plateaus"]
        )
        for config in trainer.lr_scheduler_configs:
            steps = (
                config.interval == "epoch"
                and trainer.current_epoch % config.frequency == 0
            )
            if (
                config.reduce_on_plateau
                and steps
                and config.monitor in due
                and pl_module.automatic_optimization
            ):
                pl_module.lr_scheduler_step(config.scheduler, due[config.monitor])

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Remember that this epoch had a validation; the sanity check does not count."""
        self._validated = self._validated or not trainer.sanity_checking

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Report the epoch, and stop the trainer if the study says so."""
        if trainer.enable_validation and not self._validated:
            return
        self._validated = False
        self._reporting = True
        if self._run.report(trainer.current_epoch, numbers(trainer.callback_metrics)):
            trainer.should_stop = True
        self._reporting = False
