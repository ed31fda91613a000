"""A new interpreter for one trial, where a template process must not be forked."""

from __future__ import annotations

import os
import pickle
import sys
import tempfile
from pathlib import Path

from sweep.worker import warm_up
from sweep.worker.requests import Request
from sweep.worker.trial_child import become_trial

# `sweep` may be importable only through a path entry of this process. The trainer must import
# what `python train.py` imports, so that entry is on the path only until `sweep` is imported.
_BEGIN = (
    "import sys; _, module, function, root, *given = sys.argv; sys.path.append(root); "
    "from importlib import import_module; start = getattr(import_module(module), function); "
    "sys.path.reverse(); sys.path.remove(root); sys.path.reverse(); start(*map(int, given))"
)


def interpreter(module: str, function: str, *numbers: int) -> list[str]:
    """Arguments that start a new interpreter and call `function(*numbers)` of a module in it.

    As with `python train.py`, the working folder is not on its path (`-P`).
    """
    root = str(Path(__file__).parents[2])
    return [
        sys.executable,
        "-P",
        "-c",
        _BEGIN,
        module,
        function,
        root,
        *map(str, numbers),
    ]


def start_fresh(request: Request, channel: int) -> int:
    """Start the interpreter; its process id."""
    with tempfile.TemporaryFile() as file:
        pickle.dump(request, file)
        file.flush()
        descriptors = file.fileno(), channel
        for descriptor in descriptors:
            os.set_inheritable(descriptor, True)
        arguments = interpreter(__name__, "main", os.getpid(), *descriptors)
        try:
            return os.posix_spawn(
                sys.executable, arguments, warm_up.original_environment(), setsid=True
            )
        finally:
            os.set_inheritable(channel, False)


def main(parent: int, described: int, channel: int) -> None:
    """Read the request and become the trial; runs in the new interpreter."""
    with os.fdopen(described, "rb") as file:
        file.seek(0)
        request = pickle.load(file)  # noqa: S301  (written above)
    os.set_inheritable(channel, False)
    become_trial(request, channel, parent, None)
