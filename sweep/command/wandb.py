"""What lets a Python program's `wandb.init` find the trial's configuration, and its
`wandb.log` reach the study.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from sweep import durable
from sweep.command.sources import WANDB_FILE

PARAMETERS_FILE = "wandb-parameters.yaml"
_HOOK = Path(__file__).with_name("wandb_hook")


def wandb_environment(
    config: Mapping[str, Any], folder: Path, given: Mapping[str, str]
) -> dict[str, str]:
    """Variables for the program, and the file with its configuration, as `wandb agent` would leave
    it.

    wandb stays offline unless the study or the shell says otherwise with WANDB_MODE.

    Args:
        config: nested as the program should see it in `wandb.config`.
        given: what the study sets itself, which wins.
    """
    parameters = {
        "wandb_version": 1,
        **{name: {"value": value} for name, value in config.items()},
    }
    path = folder / PARAMETERS_FILE
    text = yaml.safe_dump(parameters, sort_keys=False, allow_unicode=True)
    durable.write_file(path, text.encode(), sync=False)
    before = given.get("PYTHONPATH", os.environ.get("PYTHONPATH", ""))
    defaults = {
        "WANDB_MODE": os.environ.get("WANDB_MODE", "offline"),
        "WANDB_DIR": str(folder),
    }
    return {
        **{name: value for name, value in defaults.items() if name not in given},
        "WANDB_SWEEP_PARAM_PATH": str(path),
        "SWEEP_WANDB_FILE": str(folder / WANDB_FILE),
        "PYTHONPATH": os.pathsep.join(part for part in (str(_HOOK), before) if part),
    }
