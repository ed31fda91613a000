"""A command as a trainer: studies of programs, run in this process from the study file
to the log."""

import json

import pytest

from sweep import study
from sweep.commands import alone
from sweep.model.trial import State
from sweep.model.trial_events import EpochEnded

SCRIPT = """
import argparse, json, os
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float)
parser.add_argument("--epochs", type=int)
given = parser.parse_args()
with open(os.environ["SWEEP_METRICS"], "w") as file:
    for epoch in range(given.epochs):
        print(json.dumps({"epoch": epoch, "val/f1": given.lr * (epoch + 1)}), file=file, flush=True)
"""

STUDY = """
command: [python, train.py, "${args}"]
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 3, lr: {values: [0.1, 0.2]}}
search: {method: grid}
"""

ONE = """
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 3}
ablation: {seeds: [5]}
"""


def curves(trials):
    return [[report.metrics["val/f1"] for report in trial.reports] for trial in trials]


def test_a_python_script_that_writes_json_lines(write, run):
    write("train.py", SCRIPT)
    trials = run(STUDY)
    assert [t.state for t in trials] == [State.COMPLETE] * 2
    assert curves(trials) == [
        pytest.approx([0.1, 0.2, 0.3]),
        pytest.approx([0.2, 0.4, 0.6]),
    ]
    assert [report.epoch for report in trials[0].reports] == [0, 1, 2]


def test_a_shell_script_with_patterns_on_its_output_that_counts_from_one(
    write, run, tmp_path
):
    write(
        "train.sh",
        'for e in 1 2 3; do echo "Epoch $e/3"; echo "f1=0.$e loss=$1"; done; echo $SWEEP_SEED\n',
    )
    trials = run(
        "command:\n  run: sh train.sh ${seed}\n  metrics:\n    output: {epoch: 'Epoch"
        " (\\d+)', val/f1: 'f1=(\\S+)', loss: 'loss=(\\S+)'}\n    first_epoch: 1\n"
        + ONE
    )
    assert curves(trials) == [[0.1, 0.2, 0.3]]
    assert [report.epoch for report in trials[0].reports] == [0, 1, 2]
    assert trials[0].reports[0].metrics["loss"] == 5
    (output,) = tmp_path.glob("results/study/trials/*/output.txt")
    assert output.read_text().splitlines()[-1] == "5", (
        "SWEEP_SEED, kept in the trial's folder"
    )


def test_a_rendered_config_file_and_a_csv_history(write, run):
    write("configs/base.yaml", "model: {width: 8}\nepochs: 100\n")
    write(
        "main.py",
        """
        import sys, yaml, pathlib
        config = yaml.safe_load(open(sys.argv[2]))
        rows = [f"{e},{config['model']['width'] / 10 + e}" for e in range(config["epochs"])]
        pathlib.Path(sys.argv[3], "history.csv").write_text("\\n".join(["epoch,val/f1", *rows]) + "\\n")
        """,
    )
    trials = run(
        "command:\n  run: [python, main.py, --config, '${config_yaml}', '${folder}']\n"
        "  config_base: configs/base.yaml\n  metrics: {file: history.csv}\n" + ONE
    )
    assert curves(trials) == [[0.8, 1.8, 2.8]]


def test_an_exit_code_fails_the_trial_with_its_last_words(write, run):
    write(
        "train.py",
        SCRIPT + "print('loading')\nraise ValueError('no such data set: faces')\n",
    )
    (trial, *_) = run(STUDY)
    assert trial.state is State.FAILED
    assert trial.reason.startswith("CommandFailed: exit code 1: ")
    assert trial.reason.endswith("ValueError: no such data set: faces")
    assert len(trial.reports) == 3, "what it reported before is known"


def test_a_metric_that_is_never_said_names_those_that_are(write, run):
    write("train.py", SCRIPT.replace("val/f1", "val/fl"))
    (trial, *_) = run(STUDY)
    assert trial.state is State.FAILED
    assert (
        "never reported the study's metric 'val/f1'; did you mean 'val/fl'?"
        in trial.reason
    )
    assert (
        "looked at command.metrics.file metrics.jsonl: the file has no such number"
        in trial.reason
    )


def test_a_pattern_that_finds_nothing_is_named_with_what_was_printed(write, run):
    write("train.py", "print('Epoch [1/1] val_f1=0.5')")
    section = r"command: {run: [python, train.py], metrics: {output: {val/f1: 'val f1 (\S+)'}}}"
    (trial,) = run(f"{section}{ONE}")
    assert (
        trial.reason == "MetricMissing: the command reported no metric; looked at"
        " command.metrics.output: patterns for val/f1; the last line it printed is"
        " 'Epoch [1/1] val_f1=0.5'"
    )


def test_a_nan_ends_the_program_at_once(write, run):
    endless = (
        SCRIPT.replace("given.lr * (epoch + 1)", "float('nan')")
        + "import time\ntime.sleep(60)\n"
    )
    write("train.py", endless)
    trials = run(STUDY)
    assert {t.state for t in trials} == {State.FAILED}
    assert "TrialDiverged: val/f1 is nan at epoch 1" in trials[0].reason


def test_a_pruned_program_hears_sigterm_and_stops(write, run, tmp_path):
    write(
        "train.py",
        """
        import json, os, signal, sys, time
        lr, epochs = float(sys.argv[1]), int(sys.argv[2])
        signal.signal(signal.SIGTERM, lambda *_: (print("saved", flush=True), sys.exit(0)))
        with open(os.environ["SWEEP_METRICS"], "w") as file:
            for epoch in range(epochs):
                print(json.dumps({"epoch": epoch, "val/f1": lr}), file=file, flush=True)
                time.sleep(60 if lr == 0.1 and epoch == 1 else 0)
        """,
    )
    text = STUDY.replace('"${args}"', '"${lr}", "${epochs}"').replace(
        "[0.1, 0.2]", "[0.2, 0.1]"
    )
    good, poor = run(text + "early_terminate: {type: asha, min_iter: 1, eta: 2}\n")
    assert (good.state, len(good.reports)) == (State.COMPLETE, 3)
    assert (poor.state, len(poor.reports)) == (State.PRUNED, 1)
    (output,) = tmp_path.glob("results/study/trials/00001*/output.txt")
    assert output.read_text() == "--- attempt 1\nsaved\n"


RESUMING = """
import json, os, pathlib
state = pathlib.Path(os.environ["SWEEP_CHECKPOINT_DIR"], "epoch")
start = int(state.read_text()) + 1 if {goes_on} and state.exists() else 0
print("start", start, "of", os.environ["SWEEP_START_EPOCH"])
with open(os.environ["SWEEP_METRICS"], "a") as file:
    for epoch in range(start, 4):
        print(json.dumps({{{name} "val/f1": epoch / 10}}), file=file, flush=True)
        state.write_text(str(epoch))
        if epoch == 1 and os.environ["SWEEP_START_EPOCH"] == "0":
            import time; time.sleep(60)
"""


@pytest.mark.parametrize(
    "goes_on, name, began",
    [
        (True, '"epoch": epoch,', "start 2 of 2"),
        (False, '"epoch": epoch,', "start 0 of 2"),
        (False, "", "start 0 of 2"),
    ],
)
def test_an_interrupted_program_goes_on_or_begins_anew_and_no_epoch_is_told_twice(
    write, tmp_path, goes_on, name, began
):
    write("train.py", RESUMING.format(goes_on=goes_on, name=name))
    path = write("study.yaml", "command: python train.py\n" + ONE)

    def interrupt(history, event):
        if isinstance(event, EpochEnded) and event.epoch == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        study.run(path, results=tmp_path / "results", engine="serial", listen=interrupt)
    before = study.load("study", results=tmp_path / "results").history.trials[0]
    assert (before.state, len(before.reports)) == (State.RUNNING, 2)

    study.resume("study", results=tmp_path / "results", engine="serial")
    trial = study.load("study", results=tmp_path / "results").history.trials[0]
    assert trial.state is State.COMPLETE
    assert [(r.epoch, r.metrics["val/f1"]) for r in trial.reports] == [
        (0, 0.0),
        (1, 0.1),
        (2, 0.2),
        (3, 0.3),
    ]
    (folder,) = tmp_path.glob("results/study/trials/*")
    assert (folder / "output.txt").read_text().splitlines()[-1] == began
    told = [
        json.loads(line)["epoch"]
        for line in (folder / "history.jsonl").read_text().splitlines()
    ]
    assert told == [0, 1, 2, 3]


def test_folds_reach_the_program(write, run):
    write(
        "train.sh",
        'echo "{\\"val/f1\\": 0.$SWEEP_FOLD$SWEEP_FOLDS}" > "$SWEEP_METRICS"\n',
    )
    trials = run("command: sh train.sh\n" + ONE.replace("[5]", "[0], folds: 2"))
    assert sorted(curves(trials)) == [[0.02], [0.12]]


def test_the_code_of_the_files_that_a_command_names_is_recorded(write, run, tmp_path):
    write("train.py", SCRIPT)
    run(STUDY)
    history = study.load("study", results=tmp_path / "results").history
    assert len(history.sessions[0].environment["code"]) == 16


def test_one_trial_alone_and_a_trial_repeated_from_its_folder(write, run, tmp_path):
    write("train.py", SCRIPT + "print('goodbye')\n")
    run(STUDY)
    lines = []
    (config, _) = sorted(tmp_path.glob("results/study/trials/*/config.json"))
    alone.train(config, overrides={"lr": 0.5}, say=lines.append)
    assert lines[0].startswith("python train.py ${args}, seed 0: ")
    assert [line.split()[:2] for line in lines[1:4]] == [
        ["epoch", "1"],
        ["epoch", "2"],
        ["epoch", "3"],
    ]
    assert lines[3].endswith("val/f1 1.5000")
    assert lines[4] == "goodbye"
