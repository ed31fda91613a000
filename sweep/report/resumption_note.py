"""What a table of a search says of resuming trials, where it was probed."""

from __future__ import annotations

from sweep.history.history import History
from sweep.report.table import Notes


def note_resumption(history: History, notes: Notes) -> None:
    """Say that a resumed curve equals an uninterrupted one, if the session has probed it.

    Any other finding is a notice of the study, which its tables have as a caveat.
    """
    found = history.resumption
    if found is not None and found.verdict == "equal":
        notes.explain(
            f"Trials paused and resumed; probed before the search: {found.text}"
        )
