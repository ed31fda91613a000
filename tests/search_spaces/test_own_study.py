"""The plain script that becomes a trainer: what is added to it, and that it runs
before, after, and in the tool."""

import difflib
import re
import runpy
from pathlib import Path

import orjson
from typer.testing import CliRunner

import sweep
from sweep import cli, study
from sweep.model.trial import State

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "search_spaces"
PLAIN, ADAPTED = FOLDER / "own_plain.py", FOLDER / "own_sweep.py"
CONFIG = {
    "epochs": 3,
    "learning_rate": 0.01,
    "width": 8,
    "dropout": 0.2,
    "label_smoothing": 0.0,
}


def lines(path):
    return path.read_text(encoding="utf-8").splitlines()


def unified():
    return list(difflib.unified_diff(lines(PLAIN), lines(ADAPTED), n=0, lineterm=""))[
        2:
    ]


def changes():
    """Added lines, and pairs of a line as it was and as it is."""
    matcher = difflib.SequenceMatcher(a=lines(PLAIN), b=lines(ADAPTED), autojunk=False)
    added, changed = [], []
    for kind, a, b, c, d in matcher.get_opcodes():
        assert kind != "delete"
        before, after = lines(PLAIN)[a:b], lines(ADAPTED)[c:d]
        if kind != "equal":
            changed += zip(before, after[len(after) - len(before) :], strict=True)
            added += after[: len(after) - len(before)]
    return added, changed


def train():
    return runpy.run_path(str(ADAPTED))["train"]


def history(folder):
    read = [
        orjson.loads(line)
        for line in (folder / "history.jsonl").read_bytes().splitlines()
    ]
    return [{k: v for k, v in line.items() if k != "seconds"} for line in read]


def test_a_script_of_seventy_lines_becomes_a_trainer_by_four_lines_and_four_arguments():
    assert 65 <= len(lines(PLAIN)) <= 75
    added, changed = changes()
    said = [line.split("(")[0].strip() for line in added]
    assert said == ["import sweep", "start = run.restore", "if run.report", "break"]
    assert [(before.strip(), after.strip()) for before, after in changed] == [
        ("def train(config):", "def train(config, run):"),
        ("torch.manual_seed(0)", "torch.manual_seed(run.seed)"),
        (
            'for epoch in range(config["epochs"]):',
            'for epoch in range(start, config["epochs"]):',
        ),
        ("train(CONFIG)", 'train(CONFIG, sweep.LocalRun("results/own_digits"))'),
    ]


def test_the_page_shows_this_very_difference():
    page = (ROOT / "trainers" / "README.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```diff\n(.*?)```", page, re.DOTALL)
    assert shown.splitlines() == [
        line for line in unified() if not line.startswith("@@")
    ]


def test_each_runs_by_itself_and_prints_the_same(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    said = []
    for script in (PLAIN, ADAPTED):
        runpy.run_path(str(script), run_name="__main__")
        said.append(capsys.readouterr().out.splitlines())
    assert len(said[0]) == 8
    assert said[0] == said[1]
    assert (tmp_path / "results/own_digits" / "history.jsonl").is_file()


def test_in_a_notebook_it_goes_on_where_it_was_stopped(tmp_path):
    train()(CONFIG, sweep.LocalRun(tmp_path / "calm"))
    train()(
        CONFIG,
        sweep.LocalRun(tmp_path / "hit", on_report=lambda report: report.epoch == 0),
    )
    assert [line["epoch"] for line in history(tmp_path / "hit")] == [0]
    train()(CONFIG, sweep.LocalRun(tmp_path / "hit"))
    assert history(tmp_path / "hit") == history(tmp_path / "calm")


def test_seeds_differ(tmp_path):
    for seed in (0, 1):
        train()(
            {**CONFIG, "epochs": 1}, sweep.LocalRun(tmp_path / str(seed), seed=seed)
        )
    assert history(tmp_path / "0") != history(tmp_path / "1")


def test_under_try_one_trial_is_trained():
    done = CliRunner().invoke(
        cli.app, ["try", str(FOLDER / "own.yaml"), "--set", "epochs=2"]
    )
    assert done.exit_code == 0, done.output
    assert (
        len(
            re.findall(r"epoch +\d+ .* test/accuracy 0\.\d+ +val/accuracy", done.output)
        )
        == 2
    )


def test_the_study_runs(tmp_path):
    overrides = {
        "epochs": 1,
        "search": None,
        "early_terminate.type": "none",
        "learning_rate": 0.01,
    }
    overrides |= {"ablation.seeds": [3]}
    done = study.run(
        FOLDER / "own.yaml", results=tmp_path, overrides=overrides, engine="serial"
    )
    trials = done.history.trials.values()
    assert [trial.state for trial in trials] == [State.COMPLETE] * 3, [
        trial.reason for trial in trials
    ]
