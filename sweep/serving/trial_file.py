"""Read a trial's files for the page, without following a link out of the study."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from sweep import no_links

TRIAL_FILES = ("config.json", "history.jsonl", "output.txt", "command.txt")
LONGEST = 1_000_000  # bytes of a file that are shown, its end
_FLAGS = os.O_RDONLY | os.O_NONBLOCK  # opening a pipe would wait for its writer


def read_trial_file(study: Path, folder: str, name: str) -> str | None:
    """The text of a file; None if it does not exist, or is a link, a pipe or a folder.

    Args:
        study: folder of the study.
        folder: name of the trial's folder in `trials/`.
        name: one of `TRIAL_FILES`.
    """
    plain = folder not in ("", ".", "..") and "/" not in folder and "\0" not in folder
    if name not in TRIAL_FILES or not plain:
        return None
    try:
        descriptor = no_links.open_file(study / "trials" / folder / name, _FLAGS, 0)
    except OSError:
        return None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as file:
        file.seek(max(status.st_size - LONGEST, 0))
        return file.read(LONGEST).decode("utf-8", errors="replace")
