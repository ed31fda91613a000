"""Tell whether the study file says something else than the log of its study.

Only `run` and `resume` read the study file. A report shows the study as the log has it, so that a
later edit has no effect on it. No code of the study is run here: the file is compared with the
recorded text key by key, without the trainer, profiles and `--set`.
"""

from __future__ import annotations

from pathlib import Path

from sweep import yaml_file
from sweep.errors import StudyFileError
from sweep.history.history import History
from sweep.session import study_place
from sweep.session.changes import stood_in
from sweep.spec.reading import read
from sweep.spec.study import diff_documents
from sweep.study_file import STUDY_FILE, is_file

_MOST_LISTED = 6  # keys


def edits(history: History, folder: Path) -> list[str]:
    """A sentence for each study file that differs from the log; none for imported runs.

    The files are the one that the study was started from, at its recorded place or beside a moved
    study, and the copy in the study's folder. A file that does not exist any more is no difference.

    Args:
        history: the study.
        folder: the study's folder.
    """
    if history.imports:
        return []
    original = study_place.study_file(history, folder, accept=True)
    copy = folder / STUDY_FILE
    found = []
    if changed := _changed(history, original, (history.source,)):
        found.append(
            f"{original} says something else than the log of this study: {changed}. The report "
            f"shows what the log holds. sweep resume {folder} takes the edits over, or says "
            "what they need"
        )
    # The copy is written at the start; the log also has edits that were accepted later.
    known = (history.source, history.created.source)
    if original != copy.resolve() and (changed := _changed(history, copy, known)):
        found.append(
            f"{copy} was edited: {changed}. It is a copy that sweep does not read. "
            f"Edit {original} instead, then: sweep resume {folder}"
        )
    return found


def _changed(history: History, path: Path, known: tuple[str, ...]) -> str:
    """What a file says that the log does not; empty if they agree or there is no file.

    Args:
        history: the study.
        path: the file.
        known: the texts that it may have.
    """
    if not is_file(path):
        return ""
    try:
        if yaml_file.text_of(path) in known:
            return ""
        here = stood_in(history.spec)
        current = read(path, history.created.overrides, here).document
        recorded = yaml_file.parse(history.source, "the recorded study file")
    except StudyFileError as error:
        return f"it cannot be read ({error})"
    lines = diff_documents(recorded.data, current.data)
    more = len(lines) - _MOST_LISTED
    listed = "; ".join(lines[:_MOST_LISTED])
    return f"{listed}; {more} more keys" if more > 0 else listed
