"""`sweep convert`: convert another tool's file to a study file."""

from __future__ import annotations

import sys

from sweep.commands.arguments import File, Set, TrainerOption, given


def convert(file: File, overrides: Set = None, trainer: TrainerOption = None) -> None:
    """Convert a W&B, Hydra or NNI file, or a dict for Optuna or Ray Tune, and print the result."""
    from sweep import spec

    text, notes = spec.convert(file, given(overrides, trainer))
    sys.stdout.write(text)
    for note in notes:
        sys.stderr.write(f"note: {note}\n")
