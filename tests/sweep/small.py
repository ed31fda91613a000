"""A small study of a trainer of its own, run in this process: for what happens to whole studies."""

from collections import Counter

import sweep.study

TRAINER = """
import os, signal, time

def value(config, run, epoch):
    return config["learning_rate"] * (epoch + 1) / 10 + run.seed / 100

def train(config, run):
    for epoch in range(run.restore(), config["epochs"]):
        if run.report(epoch, {"val/f1": value(config, run, epoch), "test/f1": 0.5}):
            break

train.metrics = ("val/f1", "test/f1")

def driver():
    # It started the template process, which is the parent of the trial's.
    stat = open(f"/proc/{os.getppid()}/stat").read()
    return int(stat.rpartition(")")[2].split()[1])

def interrupting(config, run):
    # Ctrl-C arrives while trial 2 is in its second epoch
    for epoch in range(run.restore(), config["epochs"]):
        if epoch == 1 and run.folder.name.startswith("00002") and not (run.folder / "hit").exists():
            (run.folder / "hit").touch()
            os.kill(driver(), signal.SIGINT)
            time.sleep(0.05)
        if run.report(epoch, {"val/f1": value(config, run, epoch)}):
            break

def slow(config, run):
    for epoch in range(run.restore(), config["epochs"]):
        time.sleep(0.1)
        if run.report(epoch, {"val/f1": value(config, run, epoch)}):
            break

def stuck(config, run):
    run.report(0, {"val/f1": 0.5})
    time.sleep(60)

def misspelt(config, run):
    run.report(0, {"val/f_1": 0.5})
"""
SEARCH = """
name: small
trainer: own.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 3
  learning_rate: {values: [0.1, 0.2, 0.3]}
search: {method: grid}
"""
STUDY = (
    SEARCH
    + """\
ablation:
  baseline: {learning_rate: 0.1}
  seeds: [0, 1]
  designs: {arms: {fast: {learning_rate: 0.3}}}
"""
)


def write(home, *changes, study=STUDY):
    for old, new in changes:
        assert old in study
        study = study.replace(old, new)
    (home / "study.yaml").write_text(study)


def run(**options):
    return sweep.study.run("study.yaml", engine="serial", **options)


def resume(**options):
    return sweep.study.resume("small", engine="serial", **options)


def states(study):
    return Counter(trial.state for trial in study.history.trials.values())
