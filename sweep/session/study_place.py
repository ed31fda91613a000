"""Where a study's files lie now: its study file and trainer, also after the project was moved or copied.

The log keeps the study file's place twice: absolute, and relative to the study's folder. A study
that was moved with its project goes on from the second. One that was copied uses the files beside
it. Where both places have a file of one name and the two differ, nobody can know which is meant.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sweep.errors import StudyChanged, TrainerNotFound
from sweep.history.history import History
from sweep.provenance.source_files import digests, source_files
from sweep.spec import StudySpec


def study_file(history: History, folder: Path, *, accept: bool) -> Path:
    """The study file that belongs to a study's folder now; it need not be there any more.

    Args:
        folder: the study's.
        accept: use the files beside the folder, also where those of the old place differ.

    Raises:
        StudyChanged: both places have a file of one name, and the two differ.
    """
    recorded, beside = _places(history, folder)
    if beside is None or beside == recorded:
        return recorded
    there, here = _files(history.spec, recorded), _files(history.spec, beside)
    if not here:
        return recorded
    differing = [name for name in there if name in here and there[name] != here[name]]
    if differing and not accept:
        raise StudyChanged(_refusal(differing, recorded.parent, beside.parent, folder))
    return beside


def recorded_place(study_file: Path, folder: Path) -> tuple[str, str]:
    """What a session's record keeps of the study file's place: absolute, and from the folder."""
    absolute = study_file.absolute()
    return str(absolute), os.path.relpath(absolute, folder.resolve())


def moved(spec: StudySpec, study_file: Path) -> StudySpec:
    """The same study with its study file at this place."""
    return replace(spec, base_dir=str(study_file.parent))


def _places(history: History, folder: Path) -> tuple[Path, Path | None]:
    """Where the study file was when a session last began, and where it would be from the folder."""
    recorded = Path(history.created.path)
    beside = None
    for session in history.sessions:
        if session.study_file:
            recorded = Path(session.study_file)
            beside = Path(os.path.normpath(folder.resolve() / session.from_folder))
    return recorded, beside


def _files(spec: StudySpec, study_file: Path) -> Mapping[str, str]:
    """Name → digest of the study file and the trainer's own files, as far as they are there."""
    found = digests([study_file])
    if spec.reference_kind not in ("file", "command"):
        return found
    try:
        sources = source_files(moved(spec, study_file).reference())
    except TrainerNotFound:
        return found
    base = study_file.parent
    inside = [path for path in sources if path.is_relative_to(base)]
    own = {str(path.relative_to(base)): digests([path])[path.name] for path in inside}
    return {**found, **own}


def _refusal(names: list[str], recorded: Path, beside: Path, folder: Path) -> str:
    listed = "\n    ".join(f"{recorded / name}\n    {beside / name}" for name in names)
    return (
        f"two places have the files of this study, and they differ:\n    {listed}\n"
        f"The first is where {folder} was last worked on, the second lies beside it now. "
        f"Make them equal, or remove one; --accept-changes goes on with those in {beside}."
    )
