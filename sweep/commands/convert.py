"""`sweep convert`: another tool's file as a study file."""

from __future__ import annotations

import sys

from sweep.commands.arguments import File, Set, TrainerOption, given


def convert(file: File, overrides: Set = None, trainer: TrainerOption = None) -> None:
    """Print a file of W&B, Hydra, NNI, or a Python dict of Optuna or Ray Tune, as a study file."""
    from sweep import spec

    text, notes = spec.convert(file, given(overrides, trainer))
    sys.stdout.write(text)
    for note in notes:
        sys.stderr.write(f"note: {note}\n")
