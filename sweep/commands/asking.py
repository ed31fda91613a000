"""Ask before running the code of somebody else's study."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from sweep import study
from sweep.commands.console import say
from sweep.errors import NotTrusted, StudyNotFound
from sweep.session import study_place, trust


def agreed(name: str, results: Path, accept_changes: bool) -> bool:
    """Ask the user whether a study's code may run; return True if it may.

    The question is skipped, and False returned, without a terminal, if this user started the study,
    or if the study is not on this machine yet. `sweep.study.resume` then refuses untrusted code.
    """
    if not _can_ask():
        return False
    try:
        loaded = study.load(name, results=results)
        if trust.is_known(loaded.folder):
            return False
        history = loaded.history
    except StudyNotFound:  # it may be in a storage only, or its log is empty
        return False
    study_file = study_place.study_file(history, loaded.folder, accept=accept_changes)
    return ask(
        loaded.folder, trust.code_of(study_place.moved(history.spec, study_file))
    )


def ask(folder: Path, code: trust.Code | None) -> bool:
    """Show the code and ask; False if it is trusted already, or without a terminal.

    Raises:
        NotTrusted: the answer is no.
    """
    if code is None or trust.is_trusted(folder, code) or not _can_ask():
        return False
    say(f"You did not start the study in {folder}. Continuing runs this code:")
    for line in code.lines():
        say(line)
    if not typer.confirm("Run this code?"):
        raise NotTrusted(f"{folder}: its code was not run")
    return True


def _can_ask() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()
