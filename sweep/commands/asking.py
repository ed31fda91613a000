"""Asking before the code of somebody else's study is run."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from sweep import study
from sweep.commands.console import say
from sweep.errors import NotTrusted, StudyNotFound
from sweep.session import study_place, trust


def agreed(name: str, results: Path, accept_changes: bool) -> bool:
    """Whether the user was asked about a study's code just now, and said yes.

    Nothing is asked without a terminal, of a study that this user has started, or of one that is
    not here yet; `sweep.study.resume` refuses what is not trusted then.
    """
    if not _can_ask():
        return False
    try:
        found = study.load(name, results=results)
        if trust.is_known(found.folder):
            return False
        history = found.history
    except StudyNotFound:  # it may come from a storage, or its log is empty
        return False
    place = study_place.study_file(history, found.folder, accept=accept_changes)
    return ask(found.folder, trust.code_of(study_place.moved(history.spec, place)))


def ask(folder: Path, code: trust.Code | None) -> bool:
    """Show the code and ask; False where there is nothing to ask, or no terminal.

    Raises:
        NotTrusted: the answer is no.
    """
    if code is None or trust.is_trusted(folder, code) or not _can_ask():
        return False
    say(f"You did not start the study in {folder}. Going on runs:")
    for line in code.lines():
        say(line)
    if not typer.confirm("Run this code?"):
        raise NotTrusted(f"{folder}: nothing of it was run")
    return True


def _can_ask() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()
