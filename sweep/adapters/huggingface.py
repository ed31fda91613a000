"""Use a Hugging Face `Trainer` in a study: `SweepCallback` reports, stops and resumes it.

A resumed trial continues bit for bit.

    def train(config, run):
        set_seed(run.seed)  # before the model is made; the Trainer sets it only later
        model = …
        sweep_callback = SweepCallback(run)
        arguments = TrainingArguments(
            run.folder / "huggingface",
            eval_strategy="epoch",
            seed=run.seed,
            save_total_limit=1,
        )
        trainer = Trainer(
            model,
            arguments,
            train_dataset=…,
            eval_dataset=…,
            callbacks=[sweep_callback],
        )
        trainer.train(resume_from_checkpoint=sweep_callback.resume_from)
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import torch

from sweep import durable
from sweep.adapters.snapshot import Snapshot, State, numbers
from sweep.errors import UsageError
from sweep_trainers.contract import Run

try:
    from transformers import TrainerCallback
    from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR
except ModuleNotFoundError as missing:
    if missing.name != "transformers":
        raise
    raise ModuleNotFoundError(
        'sweep.adapters.huggingface needs: pip install "sweep-ablation[huggingface]"'
    ) from missing

FOLDER = "resumed"  # in the trial's folder: holds what `resume_from` names
_NOT_READ = (
    "training_args.bin",
)  # a pickle for people; resuming takes the arguments it is given


class SweepCallback(TrainerCallback):  # type: ignore[misc]
    """Reports every evaluation during training, once: the first is epoch 0.

    The report holds what the `Trainer` logged since the last one, under its own name (`eval_loss`,
    `loss`, `learning_rate`, what `compute_metrics` returns). Each evaluation is followed by a
    checkpoint of the `Trainer`, whatever `save_strategy` says; its files travel in the trial's
    checkpoint. `save_total_limit=1` keeps the `Trainer`'s own folder small.

    Args:
        run: the second argument of the trainer.

    Attributes:
        resume_from: for `trainer.train(resume_from_checkpoint=…)`; None in a new trial.

    Raises:
        UsageError: when training begins, if the `TrainingArguments` leave nothing to report or
            nothing to resume from.
    """

    def __init__(self, run: Run):
        self._run = run
        self._snapshot = Snapshot(self._take)
        self._written: Path | None = None
        self._logged: dict[str, float] = {}
        self._evaluated = False
        self._next = run.restore(huggingface=self._snapshot)
        self.resume_from: str | None = None
        if self._snapshot.restored is not None:
            self.resume_from = str(self._unpacked(self._snapshot.restored))

    def _take(self) -> State:
        """The files of the `Trainer`'s last checkpoint: a tensor of bytes each."""
        if self._written is None:
            return {}
        files = [
            path
            for path in sorted(self._written.rglob("*"))
            if path.is_file() and path.name not in _NOT_READ
        ]
        contents = {
            str(path.relative_to(self._written)): torch.frombuffer(
                bytearray(path.read_bytes()), dtype=torch.uint8
            )
            for path in files
            if path.stat().st_size
        }
        return {"name": self._written.name, "files": contents}

    def _unpacked(self, saved: State) -> Path:
        place = self._run.folder / FOLDER
        shutil.rmtree(place, ignore_errors=True)
        for name, contents in saved["files"].items():
            path = place / saved["name"] / name
            durable.make_folder(path.parent)
            durable.write_file(path, contents.numpy().tobytes(), sync=False)
        return Path(place / saved["name"])

    def on_train_begin(
        self, args: Any, state: Any, control: Any, **others: Any
    ) -> None:
        """Refuse arguments under which a trial could not be reported or resumed."""
        if str(args.eval_strategy.value) == "no":
            raise UsageError(
                'TrainingArguments(eval_strategy="no") reports no metrics; use '
                'eval_strategy="epoch"'
            )
        if str(args.save_strategy.value) == "best":
            raise UsageError(
                'TrainingArguments(save_strategy="best") saves no checkpoint in '
                'some epochs; use "epoch" or "no"'
            )
        if args.save_only_model:
            raise UsageError(
                "TrainingArguments(save_only_model=True) saves no optimizer "
                "state to resume from; use False"
            )

    def on_log(
        self, args: Any, state: Any, control: Any, logs: Any = None, **others: Any
    ) -> None:
        """Keep what is logged for the next report."""
        self._logged |= {
            name: value
            for name, value in numbers(logs or {}).items()
            if name != "epoch"
        }

    def on_evaluate(
        self, args: Any, state: Any, control: Any, metrics: Any = None, **others: Any
    ) -> None:
        """Ask for the checkpoint that the report will carry; an evaluation before the
        first step has none.
        """
        self._logged |= {
            name: value
            for name, value in numbers(metrics or {}).items()
            if name != "epoch"
        }
        self._evaluated = state.global_step > 0
        control.should_save = control.should_save or self._evaluated

    def on_save(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Report the evaluation that this checkpoint follows, and stop the `Trainer` if
        it is told to.
        """
        if not self._evaluated:
            return
        self._evaluated = False
        self._written = (
            Path(args.output_dir) / f"{PREFIX_CHECKPOINT_DIR}-{state.global_step}"
        )
        metrics, self._logged = self._logged, {}
        if self._run.report(self._next, metrics):
            control.should_training_stop = True
        self._next += 1
