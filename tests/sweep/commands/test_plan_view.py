"""What `sweep plan` says: trials of each stage, the arms, and what the seeds can detect."""

import io
import os

import pytest
from rich.console import Console

from sweep import spec
from sweep.commands.plan_view import plan
from sweep.errors import UsageError
from sweep.provenance import mps
from sweep.session import gpu_monitor
from sweep.statistics.power_of_family import detect, smallest_effect

HEAD = """
name: planned
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 4
  loss_type: {values: [ce, focal]}
  learning_rate: {min: 0.001, max: 0.1, role: nuisance}
"""
SEARCH = "search: {method: tpe, trials: 6, seeds: [0, 1]}\n"
ARMS = """
ablation:
  baseline: {loss_type: ce}
  seeds: [0, 1, 2, 3]
  designs: {arms: {focal: {loss_type: focal}}}
"""


GPU_TRAINER = """
import os, time
from pathlib import Path

def train(config, run):
    Path(os.environ["FAKE_GPUS"]).write_text("0, 2000, 10000, 30\\n")
    for epoch in range(1000):
        time.sleep(0.02)
        if run.report(epoch, {"val/f1": 0.5}):
            break
"""


def test_a_probe_proposes_how_many_trials_share_a_gpu(tmp_path, gpus, monkeypatch):
    monkeypatch.setattr(gpu_monitor, "_EPOCHS_FOR", 0.3)
    monkeypatch.setattr(mps, "running", lambda: False)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    gpus((0, 10_000, 0))
    (tmp_path / "trainer.py").write_text(GPU_TRAINER)
    path = tmp_path / "study.yaml"
    path.write_text(HEAD + SEARCH + "resources: {gpu: auto}\n")
    console = Console(width=300, file=io.StringIO())
    console.print(plan(spec.load(path), probe=True))
    said = console.file.getvalue()
    assert "3 trials fit on a GPU, limited by the busy time" in said
    assert "memory 4, CPU cores 64" in said
    assert "resources.gpu: 0.3333" in said
    assert "with 3 trials at a time" in said
    assert "nvidia-cuda-mps-control -d" in said


@pytest.fixture
def planned(tmp_path):
    """`planned(text)`: what is printed of such a study file."""

    def show(text, trainer="def train(config, run): ...\n", probe=False, **options):
        (tmp_path / "trainer.py").write_text(trainer, encoding="utf-8")
        path = tmp_path / "study.yaml"
        path.write_text(text, encoding="utf-8")
        console = Console(width=300, file=io.StringIO())
        console.print(plan(spec.load(path), probe=probe, **options))
        return [" ".join(line.split()) for line in console.file.getvalue().splitlines()]

    return show


def test_the_trials_of_each_stage_are_counted(planned):
    lines = planned(HEAD + SEARCH + ARMS)
    assert lines[0] == "planned: 20 trials"
    assert lines[1] == "search 12 trials: tpe, 6 configurations × 2 seeds"
    assert lines[2] == "ablation 8 trials: 2 arms × 4 seeds"


def test_each_arm_says_what_it_changes_and_what_the_search_fills_in(planned):
    lines = planned(HEAD + SEARCH + ARMS)
    (focal,) = [line for line in lines if line.startswith("focal")]
    assert (
        focal == "focal arms baseline loss_type=focal (learning_rate from the search)"
    )


def test_an_arm_with_a_condition_says_what_it_waits_for(planned):
    when = "{set: {loss_type: focal}, when: {arm: baseline, below: 0.7}}"
    lines = planned(HEAD + SEARCH + ARMS.replace("{loss_type: focal}}}", f"{when}}}}}"))
    assert lines[0].startswith("planned: at most ")
    assert any("only if val/f1 of baseline is below 0.7" in line for line in lines)


def test_too_few_seeds_are_said_to_allow_no_test(planned):
    lines = planned(HEAD + SEARCH + ARMS.replace("[0, 1, 2, 3]", "[0, 1]"))
    assert lines[0].startswith("2 seeds cannot detect any change with 80 % power")
    assert "3 detect one of 10 standard deviations" in lines[0]
    assert lines[1] == "planned: 16 trials"


def test_the_power_is_that_of_the_procedure_that_tests_the_arms(planned):
    more = "{arms: {focal: {loss_type: focal}, slow: {learning_rate: 0.001}}}"
    arms = ARMS.replace("{arms: {focal: {loss_type: focal}}}", more)
    lines = planned(
        HEAD + SEARCH + arms.replace("[0, 1, 2, 3]", "[0, 1, 2, 3, 4, 5, 6, 7]")
    )
    effect = smallest_effect(8, 2)
    (line,) = [
        line
        for line in lines
        if line.startswith("with 8 paired seeds and 2 comparisons")
    ]
    assert f"at least {effect:.2f} standard deviations" in line


def test_compared_metrics_count_as_comparisons(planned):
    report = "report: {compare: [val/f1, val/loss]}\n"
    assert any(
        "and 2 comparisons" in line for line in planned(HEAD + SEARCH + ARMS + report)
    )


def test_the_seeds_that_find_a_change_are_named_with_their_trials(planned):
    lines = planned(HEAD + SEARCH + ARMS, detect=0.01, sd=0.02)
    seeds = detect(0.01, 0.02, 1)
    assert (
        f"needs {seeds} seeds in 1 comparison (80 % power): {12 + 2 * seeds} trials"
        in (lines[0])
    )


@pytest.mark.parametrize(
    ("options", "text", "said"),
    [
        ({"detect": 0.01}, ARMS, "--detect and --sd need each other"),
        ({"detect": 0.01, "sd": 0.0}, ARMS, "must be positive"),
        ({"detect": 0.01, "sd": 0.1}, "", "this study has none"),
        (
            {"detect": 1, "sd": 1},
            ARMS.replace("designs:", "folds: 5\n  designs:"),
            "by fold",
        ),
    ],
)
def test_what_cannot_be_answered_says_why(planned, options, text, said):
    with pytest.raises(UsageError, match=said):
        planned(HEAD + SEARCH + text, **options)


def test_early_stopping_enqueued_configurations_and_retuning_are_listed(planned):
    more = "early_terminate: {type: asha}\n"
    search = SEARCH.replace("seeds: [0, 1]", "enqueue: [{learning_rate: 0.01}]")
    arms = ARMS + "  retune: {parameters: [learning_rate], trials: 3}\n"
    text = "\n".join(planned(HEAD + search + more + arms))
    assert "stopped early by asha" in text
    assert "enqueued configurations come first: 1" in text
    assert "3 for each arm over learning_rate" in text


def test_folds_multiply_the_runs(planned):
    lines = planned(HEAD + SEARCH + ARMS.replace("designs:", "folds: 5\n  designs:"))
    assert lines[2] == "ablation 40 trials: 2 arms × 4 seeds × 5 folds"


COUNTING = """
def train(config, run):
    resumed = run.folder.joinpath("history.jsonl").exists()
    for epoch in range(run.restore(), config["epochs"]):
        if run.report(epoch, {"val/f1": VALUE}):
            break
"""
PROMOTE = "early_terminate: {type: asha, form: promote}\n"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0.1 * epoch", "probed: a resumed curve equals an uninterrupted one"),
        (
            "0.1 * epoch + resumed",
            "probed: a resumed curve does not equal an uninterrupted one",
        ),
    ],
)
def test_a_study_whose_trials_may_pause_has_a_probe_of_resumed_curves(
    planned, value, text
):
    trainer = COUNTING.replace("VALUE", value)
    lines = planned(HEAD + SEARCH + PROMOTE, trainer, probe=True)
    assert any(line.startswith(text) for line in lines)
    lines = planned(HEAD + SEARCH, trainer, probe=True)
    assert not any("resumed curve" in line for line in lines)
