"""Two runs of three epochs as each tool keeps them: `lr` 0.1 and 0.2, `acc` 0.1·run +
epoch / 10."""

import json
import os
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import optuna
import pandas as pd
import yaml
from optuna.storages.journal import JournalFileBackend
from tensorboardX import SummaryWriter

EPOCHS = 3
RUNS = ((0, 0.1), (1, 0.2))


def accuracy(run, epoch):
    return run + epoch / 10


def _rows():
    return [
        {"run": f"run-{run}", "epoch": epoch, "lr": lr, "acc": accuracy(run, epoch)}
        for run, lr in RUNS
        for epoch in range(EPOCHS)
    ]


def csv(folder):
    pd.DataFrame(_rows()).to_csv(folder / "runs.csv", index=False)
    return folder / "runs.csv"


def parquet(folder):
    pd.DataFrame(_rows()).to_parquet(folder / "runs.parquet")
    return folder / "runs.parquet"


def jsonl(folder):
    (folder / "runs.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for row in _rows())
    )
    return folder / "runs.jsonl"


def json_list(folder):
    (folder / "runs.json").write_text(json.dumps(_rows()))
    return folder / "runs.json"


def lightning(folder):
    for run, lr in RUNS:
        version = folder / f"logs/version_{run}"
        version.mkdir(parents=True)
        rows = [{"epoch": e, "step": 10 * e, "loss": 1.0} for e in range(EPOCHS)]
        rows += [
            {"epoch": e, "step": 10 * e, "acc": accuracy(run, e)} for e in range(EPOCHS)
        ]
        pd.DataFrame(rows).to_csv(version / "metrics.csv", index=False)
        (version / "hparams.yaml").write_text(
            f"lr: {lr}\nmodel: !!python/name:torch.nn.Linear ''\n"
        )
    return folder / "logs"


def mlflow(folder):
    for run, lr in RUNS:
        home = folder / f"mlruns/0/{run}abc"
        for kind in ("metrics", "params", "tags"):
            (home / kind).mkdir(parents=True)
        (home / "params/lr").write_text(str(lr))
        (home / "tags/mlflow.runName").write_text(f"name-{run}")
        lines = [f"1700000000000 {accuracy(run, e)} {e}" for e in range(EPOCHS)]
        (home / "metrics/acc").write_text("\n".join(lines))
        meta = {"status": 3, "start_time": 1000, "end_time": 4000}
        (home / "meta.yaml").write_text(yaml.safe_dump(meta))
    return folder / "mlruns"


RECORDED = Path(__file__).parent / "recorded"


def mlflow_database(folder):
    """The tables as MLflow makes them, with the two runs."""
    path = folder / "mlflow.db"
    recorded = (RECORDED / "mlflow_database.sql").read_text()
    tables = [part for part in recorded.split(";\n") if "CREATE TABLE" in part]
    database = sqlite3.connect(path)
    for table in tables:
        database.execute(table)
    database.execute("INSERT INTO experiments (experiment_id, name) VALUES (0, 'e')")
    for run, lr in RUNS:
        values = (f"run{run}", f"name-{run}", "FINISHED", 1000 + run, 4000 + run)
        database.execute(
            "INSERT INTO runs (run_uuid, name, status, start_time, end_time,"
            " lifecycle_stage) VALUES (?, ?, ?, ?, ?, 'active')",
            values,
        )
        database.execute(
            "INSERT INTO params (key, value, run_uuid) VALUES ('lr', ?, ?)",
            (str(lr), f"run{run}"),
        )
        for epoch in range(EPOCHS):
            database.execute(
                "INSERT INTO metrics (key, value, timestamp, run_uuid, step)"
                " VALUES ('acc', ?, 1, ?, ?)",
                (accuracy(run, epoch), f"run{run}", epoch),
            )
    database.commit()
    database.close()
    return path


def ray(folder):
    for run, lr in RUNS:
        trial = folder / f"tune/train_{run}"
        trial.mkdir(parents=True)
        (trial / "params.json").write_text(json.dumps({"lr": lr}))
        reports = [
            {
                "acc": accuracy(run, epoch),
                "training_iteration": epoch + 1,
                "time_this_iter_s": 2.0,
                "config": {"lr": lr},
                "pid": 7,
            }
            for epoch in range(EPOCHS)
        ]
        (trial / "result.json").write_text(
            "".join(json.dumps(r) + "\n" for r in reports)
        )
    return folder / "tune"


def tensorboard(folder):
    for run, _ in RUNS:
        with SummaryWriter(str(folder / f"runs/run-{run}")) as writer:
            for epoch in range(EPOCHS):
                writer.add_scalar("acc", accuracy(run, epoch), epoch)
    return folder / "runs"


def optuna_journal(folder):
    path = folder / "study.log"
    storage = optuna.storages.JournalStorage(JournalFileBackend(str(path)))
    return _optuna(storage, path)


def optuna_database(folder):
    path = folder / "study.db"
    return _optuna(f"sqlite:///{path}", path)


def _optuna(storage, path):
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(storage=storage, study_name="s", direction="maximize")
    for run, lr in RUNS:
        trial = study.ask({"lr": optuna.distributions.FloatDistribution(lr, lr)})
        for epoch in range(EPOCHS):
            trial.report(accuracy(run, epoch), epoch)
        study.tell(trial, accuracy(run, EPOCHS - 1))
    return path


def wandb(folder):
    script = """
    import sys, wandb
    for run, lr in ((0, 0.1), (1, 0.2)):
        with wandb.init(project="p", config={"lr": lr}, dir=sys.argv[1]) as logged:
            for epoch in range(3):
                logged.log({"acc": run + epoch / 10})
    """
    environment = {**os.environ, "WANDB_MODE": "offline", "WANDB_SILENT": "true"}
    command = [sys.executable, "-c", textwrap.dedent(script), str(folder)]
    subprocess.run(command, check=True, env=environment, cwd=folder)
    return folder / "wandb"
