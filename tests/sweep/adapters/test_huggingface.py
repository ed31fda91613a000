"""A real Hugging Face Trainer under `SweepCallback`: what it reports, that it stops and
resumes bit for bit."""

import warnings

import orjson
import pytest
import torch
from torch import nn

from sweep.errors import UsageError
from sweep.worker.local_run import LocalRun

with warnings.catch_warnings():
    warnings.simplefilter(
        "ignore"
    )  # what the libraries say of each other while they are imported
    from transformers import Trainer, TrainerCallback, TrainingArguments

    from sweep.adapters.huggingface import SweepCallback

TIMES = ("eval_runtime", "eval_samples_per_second", "eval_steps_per_second", "seconds")
# Without an accelerator the data loader says that pinned memory does nothing.
pytestmark = pytest.mark.filterwarnings("ignore:.*pin_memory:UserWarning")


class Net(nn.Module):
    """Dropout and a loss, as the Trainer wants them."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.5), nn.Linear(8, 1))

    def forward(self, x, labels):
        predicted = self.net(x)
        return {"loss": (predicted - labels).square().mean(), "logits": predicted}


class Bomb(TrainerCallback):
    """Ends the process, as it were, in the middle of an epoch."""

    def __init__(self, step):
        self.step = step

    def on_step_end(self, args, state, control, **others):
        if state.global_step == self.step:
            raise RuntimeError("killed")


def train(config, run):
    torch.manual_seed(run.seed)
    x = torch.randn(40, 3, generator=torch.Generator().manual_seed(0))
    data = [{"x": row, "labels": row.sum(0, keepdim=True)} for row in x]
    model = Net()
    callback = SweepCallback(run)
    options = {
        "eval_strategy": "epoch",
        "logging_strategy": "epoch",
        "save_strategy": "no",
        **config.get("options", {}),
    }
    arguments = TrainingArguments(
        str(run.folder / "huggingface"),
        num_train_epochs=config["epochs"],
        per_device_train_batch_size=8,
        learning_rate=0.05,
        warmup_steps=4,
        lr_scheduler_type="cosine",
        seed=run.seed,
        use_cpu=True,
        report_to=[],
        disable_tqdm=True,
        save_total_limit=1,
        **options,
    )
    trainer = Trainer(
        model,
        arguments,
        train_dataset=data[:32],
        eval_dataset=data[32:],
        compute_metrics=lambda said: {"spread": float(said.predictions.std())},
        callbacks=[callback, *([Bomb(config["die_at"])] if "die_at" in config else [])],
    )
    trainer.train(resume_from_checkpoint=callback.resume_from)
    return {name: value.clone() for name, value in trainer.model.state_dict().items()}


def history(folder):
    lines = [
        orjson.loads(line)
        for line in (folder / "history.jsonl").read_bytes().splitlines()
    ]
    return [{k: v for k, v in line.items() if k not in TIMES} for line in lines]


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def test_each_evaluation_is_reported_once_with_what_was_logged_under_its_own_name(
    tmp_path,
):
    train({"epochs": 3}, LocalRun(tmp_path, metric="eval_loss", goal="minimize"))
    lines = history(tmp_path)
    assert [line["epoch"] for line in lines] == [0, 1, 2]
    for line in lines:
        assert line.keys() == {
            "epoch",
            "eval_loss",
            "eval_spread",
            "loss",
            "grad_norm",
            "learning_rate",
        }


@pytest.mark.parametrize("die_at", [6, 17])
def test_a_resumed_trial_equals_an_uninterrupted_one_bit_for_bit(tmp_path, die_at):
    want = train({"epochs": 5}, LocalRun(tmp_path / "calm", seed=3))
    with pytest.raises(RuntimeError, match="killed"):
        train({"epochs": 5, "die_at": die_at}, LocalRun(tmp_path / "hit", seed=3))
    resumed = train({"epochs": 5}, LocalRun(tmp_path / "hit", seed=3))
    assert history(tmp_path / "hit") == history(tmp_path / "calm")
    assert same(resumed, want)


def test_told_to_stop_it_stops_and_can_go_on_in_a_folder_that_has_only_the_checkpoints(
    tmp_path,
):
    want = train({"epochs": 4}, LocalRun(tmp_path / "calm"))
    train(
        {"epochs": 4},
        LocalRun(tmp_path / "hit", on_report=lambda report: report.epoch == 1),
    )
    assert [line["epoch"] for line in history(tmp_path / "hit")] == [0, 1]
    (tmp_path / "elsewhere").mkdir()
    for kept in ("checkpoints", "history.jsonl"):
        (tmp_path / "hit" / kept).rename(tmp_path / "elsewhere" / kept)
    assert same(train({"epochs": 4}, LocalRun(tmp_path / "elsewhere")), want)
    assert history(tmp_path / "elsewhere") == history(tmp_path / "calm")


def test_evaluations_within_an_epoch_are_counted_and_the_one_before_training_is_not(
    tmp_path,
):
    options = {"eval_strategy": "steps", "eval_steps": 2, "eval_on_start": True}
    train({"epochs": 1, "options": options}, LocalRun(tmp_path))
    assert [line["epoch"] for line in history(tmp_path)] == [0, 1]


@pytest.mark.parametrize(
    "options, why",
    [
        ({"eval_strategy": "no"}, "reports no metrics"),
        (
            {"save_strategy": "best", "metric_for_best_model": "eval_loss"},
            "saves no checkpoint in some epochs",
        ),
        ({"save_only_model": True}, "no optimizer state to resume from"),
    ],
)
def test_arguments_under_which_nothing_can_be_resumed_are_refused(
    tmp_path, options, why
):
    with pytest.raises(UsageError, match=why):
        train({"epochs": 1, "options": options}, LocalRun(tmp_path))
