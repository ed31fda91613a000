"""Files that every attempt writes to its trial's folder."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import orjson

from sweep import durable
from sweep.model.trial import Assignment
from sweep.worker.job import Job

CONFIG_FILE, COMMAND_FILE = "config.json", "command.txt"
OUTPUT_FILE = "output.txt"  # the output of the trainer and of the worker around it


def trial_in_storage(assignment: Assignment) -> str:
    """The trial's folder in the study's storage."""
    return f"trials/{Path(assignment.folder).name}"


def write_trial_files(
    job: Job, assignment: Assignment, folder: Path | None = None
) -> None:
    """Write the configuration, and the command that repeats this trial without its study.

    Args:
        folder: where this machine writes the trial's files, None: the trial's folder.
    """
    folder = Path(assignment.folder) if folder is None else folder
    durable.make_folder(folder)
    recorded = assignment.recorded
    config = assignment.config if recorded is None else recorded
    described: dict[str, Any] = {
        "study": job.study,
        "trial": assignment.trial,
        "label": assignment.label,
        "trainer": job.trainer,
        "base": job.base,
        "command": job.command,
        "metric": job.metric,
        "goal": job.goal,
        "config": dict(config),
        "seed": assignment.seed,
        "seeds": None if assignment.seeds is None else dict(assignment.seeds),
        "fold": assignment.fold,
        "folds": assignment.folds,
    }
    written = orjson.dumps(described, option=orjson.OPT_INDENT_2) + b"\n"
    # Not synced: each attempt writes these files again.
    durable.write_file(folder / CONFIG_FILE, written, sync=False)
    command = shlex.join(["sweep", "try", str(Path(assignment.folder) / CONFIG_FILE)])
    durable.write_file(folder / COMMAND_FILE, f"{command}\n".encode(), sync=False)
