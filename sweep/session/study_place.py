"""Finds a study's study file and trainer, also after the project was moved or copied.

The log records the path of the study file twice: absolute, and relative to the study's folder. A
study that was moved with its project uses the second. A copied study uses the files beside it. If
both paths have a file of the same name and the two differ, the study is refused.
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
    """The current path of the study file; the file may be missing.

    Args:
        folder: the study's folder.
        accept: use the files beside the folder even if those at the recorded path differ.

    Raises:
        StudyChanged: both paths have a file of the same name, and the two differ.
    """
    recorded, beside = _places(history, folder)
    if beside is None or beside == recorded:
        return recorded
    old_files = _files(history.spec, recorded)
    new_files = _files(history.spec, beside)
    if not new_files:
        return recorded
    differing = [
        name
        for name, digest in old_files.items()
        if new_files.get(name, digest) != digest
    ]
    if differing and not accept:
        raise StudyChanged(_refusal(differing, recorded.parent, beside.parent, folder))
    return beside


def recorded_place(study_file: Path, folder: Path) -> tuple[str, str]:
    """The study file's path as a session records it: absolute, and relative to the folder."""
    absolute = study_file.absolute()
    return str(absolute), os.path.relpath(absolute, folder.resolve())


def moved(spec: StudySpec, study_file: Path) -> StudySpec:
    """The same study with its study file at this path."""
    return replace(spec, base_dir=str(study_file.parent))


def _places(history: History, folder: Path) -> tuple[Path, Path | None]:
    """The last recorded absolute path of the study file, and its path relative to the folder."""
    recorded = Path(history.created.path)
    beside = None
    for session in history.sessions:
        if session.study_file:
            recorded = Path(session.study_file)
            beside = Path(os.path.normpath(folder.resolve() / session.from_folder))
    return recorded, beside


def _files(spec: StudySpec, study_file: Path) -> Mapping[str, str]:
    """Name → digest of the study file and the trainer's files, as far as they exist.

    Empty if this user may not read them, as those of a study that somebody else started.
    """
    try:
        return _readable_files(spec, study_file)
    except PermissionError:
        return {}


def _readable_files(spec: StudySpec, study_file: Path) -> Mapping[str, str]:
    files = dict(digests([study_file]))
    if spec.reference_kind not in ("file", "command"):
        return files
    try:
        sources = source_files(moved(spec, study_file).reference())
    except TrainerNotFound:
        return files
    base = study_file.parent
    for path in sources:
        if path.is_relative_to(base):
            files[str(path.relative_to(base))] = digests([path])[path.name]
    return files


def _refusal(names: list[str], recorded: Path, beside: Path, folder: Path) -> str:
    listed = "\n    ".join(f"{recorded / name}\n    {beside / name}" for name in names)
    return (
        "two folders have files of this study, and the files differ:\n"
        f"    {listed}\nThe first of each pair is in the folder that {folder} last "
        "used, the second is next to the study now. Make them equal or remove one "
        f"of them; or continue with those in {beside}: --accept-changes."
    )
