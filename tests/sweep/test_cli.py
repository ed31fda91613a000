"""The command line as a newcomer meets it: exit codes, messages, and what a command may load."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sweep import cli, errors

TRAINER = """
import random

def train(config, run):
    noise = random.Random(run.seed)
    for epoch in range(run.restore(), config["epochs"]):
        score = config["strength"] * (epoch + 1) / config["epochs"] + noise.uniform(0, 0.01)
        if run.report(epoch, {"val/score": score, "test/score": score, "train/loss": 1 - score}):
            break
"""

STUDY = """
name: tiny
trainer: trainer.py:train
metric: {name: val/score, goal: maximize}
parameters:
  epochs: 4
  strength: {min: 0.1, max: 0.9}
search: {method: random, trials: 4}
ablation:
  baseline: {strength: 0.2}
  seeds: [0, 1, 2]
  designs:
    arms: {strong: {strength: 0.8}}
report: {metrics: [test/score]}
"""


@pytest.fixture
def study_file(tmp_path, monkeypatch):
    """A study of a pure-Python trainer, and a working directory to run it in."""
    (tmp_path / "trainer.py").write_text(TRAINER, encoding="utf-8")
    path = tmp_path / "tiny.yaml"
    path.write_text(STUDY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return path


def sweep(*arguments):
    """Run a command in this process; a `SweepError` becomes its exit code and message, as in `main`."""
    result = CliRunner().invoke(cli.app, list(arguments))
    if isinstance(result.exception, errors.SweepError):
        return result.exception.exit_code, str(result.exception)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def run_to_the_end():
    return sweep("run", "tiny.yaml", "--engine", "serial")


class TestRun:
    def test_ends_with_the_ablation_table_and_the_paths_it_wrote(self, study_file):
        code, printed = run_to_the_end()
        assert code == 0
        assert "strong" in printed
        assert "baseline" in printed
        assert "results/tiny/report" in printed
        assert Path("results/tiny/report/report.md").is_file()

    def test_every_trial_leaves_its_folder(self, study_file):
        run_to_the_end()
        folders = sorted(Path("results/tiny/trials").iterdir())
        assert len(folders) == 4 + 2 * 3
        for folder in folders:
            assert {"config.json", "command.txt", "history.jsonl"} <= {
                path.name for path in folder.iterdir()
            }

    def test_a_second_run_is_refused_and_says_how_to_go_on(self, study_file):
        run_to_the_end()
        code, message = run_to_the_end()
        assert code == 3
        assert "sweep resume" in message

    def test_failed_trials_end_with_1_and_are_no_results(self, study_file):
        broken = TRAINER.replace("score = ", "score = 1 / 0 if config['strength'] > 0.7 else ")
        Path("trainer.py").write_text(broken, encoding="utf-8")
        code, printed = run_to_the_end()
        assert code == 1
        assert "ZeroDivisionError" in printed
        assert "trials failed" in printed

    def test_a_finished_study_is_not_run_again_by_resume(self, study_file):
        run_to_the_end()
        before = (
            Path("results/tiny/events.jsonl").read_text(encoding="utf-8").count('"trial_started"')
        )
        code, _ = sweep("resume", "tiny", "--engine", "serial")
        after = (
            Path("results/tiny/events.jsonl").read_text(encoding="utf-8").count('"trial_started"')
        )
        assert (code, after) == (0, before)


class TestBadInput:
    MISTAKES = """
trainer: clip
metric: {name: val/balanced_acuracy, goal: maximize}
parameters:
  epochs: 3
  epochs: 4
  loss_type: {values: [standard, focl]}
  focal_gamma: {min: 4.0, max: 0.5, when: {loss_typ: focal}}
  learning_rate: {min: 1e-3, max: 1e-2, role: nuisanse}
searhc: {method: tpe}
search: {method: tpe, trials: many}
"""

    def test_all_mistakes_are_listed_at_once_with_file_line_and_nearest_name(
        self, tmp_path, monkeypatch
    ):
        monkeypatch.chdir(tmp_path)
        Path("bad.yaml").write_text(self.MISTAKES, encoding="utf-8")
        code, message = sweep("run", "bad.yaml")
        assert code == 2
        for line, words in [
            (3, "val/balanced_accuracy"),
            (6, "epochs"),
            (7, "focal"),
            (8, "loss_type"),
            (9, "nuisance"),
            (10, "search"),
            (11, "many"),
        ]:
            mentions = [text for text in message.split("bad.yaml:") if text.startswith(f"{line}:")]
            assert any(words in text for text in mentions), (
                f"line {line} should mention {words!r}:\n{message}"
            )

    def test_nothing_is_written(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        Path("bad.yaml").write_text(self.MISTAKES, encoding="utf-8")
        sweep("run", "bad.yaml")
        assert [path.name for path in tmp_path.iterdir()] == ["bad.yaml"]

    def test_an_unknown_study_names_those_there_are(self, study_file):
        run_to_the_end()
        code, message = sweep("status", "tinny")
        assert code == 2
        assert "tiny" in message


class TestReading:
    def test_status_of_one_study_and_of_all(self, study_file):
        run_to_the_end()
        assert "ablation" in sweep("status", "tiny")[1]
        assert "tiny" in sweep("status")[1]

    def test_show_gives_the_command_that_repeats_a_trial_alone(self, study_file):
        run_to_the_end()
        code, printed = sweep("show", "tiny", "5")
        assert code == 0
        config = next(line for line in printed.splitlines() if "sweep try" in line).rpartition(" ")[
            2
        ]
        code, alone = sweep("try", config)
        history = Path(config).with_name("history.jsonl").read_text(encoding="utf-8")
        last = alone.strip().splitlines()[-1].split("val/score ")[1].split()[0]
        assert code == 0
        assert f'"val/score":{last}'[:16] in history.splitlines()[-1]

    def test_show_traces_an_arm_to_its_trials(self, study_file):
        run_to_the_end()
        code, printed = sweep("show", "tiny", "strong")
        assert code == 0
        assert "strength=0.8" in printed

    def test_verify_finds_an_altered_table(self, study_file):
        run_to_the_end()
        assert sweep("verify", "tiny")[0] == 0
        table = Path("results/tiny/report/ablation.csv")
        table.write_text(
            table.read_text(encoding="utf-8").replace("strong", "stronger"), encoding="utf-8"
        )
        code, printed = sweep("verify", "tiny")
        assert code == 1
        assert "stronger" in printed

    def test_plan_counts_trials_and_names_the_smallest_detectable_effect(self, study_file):
        code, printed = sweep("plan", "tiny.yaml")
        assert code == 0
        assert "10 trials" in printed
        assert "standard deviations" in printed

    def test_export_is_read_by_pandas_and_by_optuna(self, study_file):
        import optuna
        import pandas as pd

        run_to_the_end()
        sweep("export", "tiny")
        assert len(pd.read_parquet("results/tiny/export/trials.parquet")) == 10
        backend = optuna.storages.journal.JournalFileBackend(
            "results/tiny/export/optuna-journal.log"
        )
        exported = optuna.load_study(
            study_name="tiny", storage=optuna.storages.JournalStorage(backend)
        )
        assert len(exported.trials) == 4


class TestWhatACommandLoads:
    @pytest.mark.parametrize(
        "command", [["status", "tiny"], ["report", "tiny"], ["show", "tiny", "1"]]
    )
    def test_reading_needs_neither_ray_nor_torch(self, study_file, command):
        run_to_the_end()
        code = f"""
import sys
from sweep import cli
try:
    cli.app({command!r})
except SystemExit as end:
    assert not end.code, end.code
loaded = {{"ray", "torch"}} & sys.modules.keys()
assert not loaded, loaded
"""
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def test_help_answers_at_once(self):
        """Under 0.5 s on an idle machine; on a busy one, against starting Python itself."""

        def fastest(*arguments):
            seconds = []
            for _ in range(5):
                began = time.perf_counter()
                subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
                seconds.append(time.perf_counter() - began)
            return min(seconds)

        bare = fastest("-c", "import asyncio, json, decimal")
        assert fastest("-m", "sweep.cli", "--help") < max(0.5, 6 * bare)
