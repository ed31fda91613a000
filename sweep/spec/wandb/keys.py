"""The keys of a W&B sweep file, and what they are called in a study file."""

from __future__ import annotations

from dataclasses import replace

from sweep.errors import Violation

KEYS = (
    "name", "description", "program", "method", "metric", "metrics", "parameters",
    "early_terminate", "command", "run_cap",
)  # fmt: skip
OURS = (
    "trainer", "ablation", "health", "reuse", "depends_on", "report", "resources", "budget",
    "checkpoint", "trackers", "profiles",
)  # fmt: skip
# Keys that W&B's server or Launch reads, and that have no effect on a local run.
SERVER = (
    "entity", "project", "apiVersion", "kind", "controller", "tags", "prior_runs", "settings",
    "job", "image_uri", "launch", "scheduler",
)  # fmt: skip
ENTRY = (
    "value", "values", "min", "max", "distribution", "mu", "sigma", "q", "probabilities", "a", "b",
)  # fmt: skip
MISPLACED = {
    "goal": "metric.goal",
    "count": "run_cap",
    "max_runs": "run_cap",
    "num_runs": "run_cap",
    "min_iter": "early_terminate.min_iter",
    "max_iter": "early_terminate.max_iter",
    "eta": "early_terminate.eta",
    "s": "early_terminate.s",
    "strict": "early_terminate.strict",
}
_HERE = {
    "search.trials": "run_cap",
    "search.method": "method",
    "command.program": "program",
    "command.run": "command",
}


def takes(key: str) -> bool:
    """Whether `--set KEY=…` sets something in the W&B file itself, before it is converted."""
    first = key.partition(".")[0]
    return first in ("metric", "run_cap", "method", "program", "command", "trainer")


def renamed(violation: Violation) -> Violation:
    """The violation under the key that the W&B file has for it."""
    for study_key, wandb_key in _HERE.items():
        inside = violation.key.startswith((f"{study_key}.", f"{study_key}["))
        if violation.key == study_key or inside:
            return replace(violation, key=wandb_key + violation.key[len(study_key) :])
    return violation
