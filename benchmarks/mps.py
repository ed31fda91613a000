"""Start NVIDIA's Multi-Process Service for a measurement."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CONTROL = "nvidia-cuda-mps-control"
PIPES = "CUDA_MPS_PIPE_DIRECTORY"


def absent() -> str | None:
    """Return why the service cannot be started here, or None if it can."""
    if shutil.which(CONTROL) is None:
        return f"{CONTROL} is not installed here"
    if PIPES in os.environ:
        return (
            f"{PIPES} is set: a service that somebody else started is used throughout"
        )
    return None


@contextmanager
def service() -> Iterator[None]:
    """Start a service, which programs started in the context use; stop it at the end.

    Raises:
        RuntimeError: the service does not start.
    """
    with tempfile.TemporaryDirectory(prefix="mps-") as folder:
        variables = {
            PIPES: f"{folder}/pipes",
            "CUDA_MPS_LOG_DIRECTORY": f"{folder}/logs",
        }
        for path in variables.values():
            Path(path).mkdir()
        os.environ.update(variables)
        try:
            started = subprocess.run(
                [CONTROL, "-d"], capture_output=True, text=True, check=False
            )
            if started.returncode:
                raise RuntimeError(
                    f"{CONTROL} -d: {started.stderr.strip() or 'did not start'}"
                )
            yield
        finally:
            subprocess.run(
                [CONTROL], input="quit\n", text=True, capture_output=True, check=False
            )
            for name in variables:
                del os.environ[name]
