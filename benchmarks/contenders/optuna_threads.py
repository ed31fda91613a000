"""Optuna with two threads and no processes; with `journal`, its file storage saves the study."""

from __future__ import annotations

import json
import sys

import optuna

from benchmarks.noop import stamp, value


def main(trials: int, reports: int, journal: bool = False) -> None:
    """Run the trials."""

    def objective(trial: optuna.Trial) -> float:
        x = trial.suggest_float("x", 0.0, 1.0)
        for epoch in range(reports):
            trial.report(value(x, epoch), epoch)
            if trial.should_prune():
                raise optuna.TrialPruned
        stamp()
        return value(x, reports - 1)

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage = None
    if journal:
        from optuna.storages.journal import JournalFileBackend, JournalStorage

        storage = JournalStorage(JournalFileBackend("journal.log"))
    study = optuna.create_study(
        direction="maximize", storage=storage, pruner=optuna.pruners.NopPruner()
    )
    study.optimize(objective, n_trials=trials, n_jobs=2)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
