"""`sweep convert`: a W&B sweep file as a study file."""

from __future__ import annotations

import sys

from sweep.commands.arguments import File


def convert(file: File) -> None:
    """Print a W&B sweep file as a study file; what means something else here goes to stderr."""
    from sweep import spec

    text, notes = spec.convert(file)
    sys.stdout.write(text)
    for note in notes:
        sys.stderr.write(f"note: {note}\n")
