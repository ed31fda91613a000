"""The git commit of a project, and the changes since."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

MOST_DIFF = 1_000_000  # bytes of a diff that are kept


@dataclass(frozen=True)
class GitState:
    """A checkout.

    Attributes:
        commit: its hash, 40 hex digits; "" outside a checkout.
        dirty: whether tracked files differ from it, or files are untracked.
        diff: of the tracked files, text; cut after `MOST_DIFF` bytes, and then it says so.
        untracked: names of files that git does not know and does not ignore.
    """

    commit: str = ""
    dirty: bool = False
    diff: str = ""
    untracked: tuple[str, ...] = ()

    def __str__(self) -> str:
        return (
            f"{self.commit[:12]}{'-dirty' if self.dirty else ''}" if self.commit else ""
        )


def git_state(folder: Path) -> GitState:
    """The checkout that contains a folder; an empty state without a checkout or without git."""
    commit = _said(folder, "rev-parse", "HEAD").strip()
    if not commit:
        return GitState()
    # Nothing of the checkout's own configuration is run: no external diff, no text conversion.
    diff = _said(
        folder,
        "diff",
        "--no-ext-diff",
        "--no-textconv",
        "--no-color",
        "HEAD",
        "--",
        ".",
    )
    listed = _said(
        folder, "ls-files", "--others", "--exclude-standard", "-z", "--", "."
    )
    untracked = tuple(name for name in listed.split("\0") if name)
    if len(diff) > MOST_DIFF:
        diff = f"{diff[:MOST_DIFF]}\n… cut: the diff has {len(diff)} characters\n"
    return GitState(commit, bool(diff or untracked), diff, untracked)


def _said(folder: Path, *words: str) -> str:
    # A checkout of somebody else's can name programs in its configuration (`core.fsmonitor`).
    command = ["git", "-C", str(folder), "-c", "core.fsmonitor=false", *words]
    try:
        done = subprocess.run(command, capture_output=True, timeout=20, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode(errors="replace") if done.returncode == 0 else ""
