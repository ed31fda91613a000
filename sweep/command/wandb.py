"""Make a Python program's `wandb.init` find the trial's configuration, and read its `wandb.log`."""

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
    config: Mapping[str, Any], folder: Path, variables: Mapping[str, str]
) -> dict[str, str]:
    """Write the configuration as `wandb agent` does; return variables for the program.

    wandb stays offline unless the study or the shell sets WANDB_MODE.

    Args:
        config: nested as the program should see it in `wandb.config`.
        variables: variables that the study sets; they take precedence.
    """
    parameters = {
        "wandb_version": 1,
        **{name: {"value": value} for name, value in config.items()},
    }
    path = folder / PARAMETERS_FILE
    text = yaml.safe_dump(parameters, sort_keys=False, allow_unicode=True)
    durable.write_file(path, text.encode(), sync=False)
    before = variables.get("PYTHONPATH", os.environ.get("PYTHONPATH", ""))
    defaults = {
        "WANDB_MODE": os.environ.get("WANDB_MODE", "offline"),
        "WANDB_DIR": str(folder),
    }
    return {
        **{name: value for name, value in defaults.items() if name not in variables},
        "WANDB_SWEEP_PARAM_PATH": str(path),
        "SWEEP_WANDB_FILE": str(folder / WANDB_FILE),
        "PYTHONPATH": os.pathsep.join(part for part in (str(_HOOK), before) if part),
    }
