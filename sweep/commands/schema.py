"""`sweep schema`: the JSON schema of study files."""

from __future__ import annotations

import json
import sys


def schema() -> None:
    """Print the JSON schema of study files, for the completion and the red lines of an editor."""
    from sweep import spec

    sys.stdout.write(f"{json.dumps(spec.json_schema(), indent=1, ensure_ascii=False)}\n")
