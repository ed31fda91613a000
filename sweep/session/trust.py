"""Which studies' code this user has chosen to run.

A study's folder names a trainer, and going on with it runs that trainer. A folder that was received
from somebody else would run somebody else's program. So the studies that this user has started, or
chosen to trust, are remembered in the user's own state folder: by the study's identity (a hash of
its log's first record) and the hash of its code. Nothing of a study is imported or run to find out.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sweep import user_folders
from sweep.errors import NotTrusted, TrainerNotFound
from sweep.log.event_log import FILE_NAME
from sweep.provenance.source_files import digests, run_files
from sweep.spec import Command, StudySpec
from sweep.trainer import resolve
from sweep_trainers import BUNDLED

_FOLDER = "trusted"
_MOST_LISTED = 12  # files of a trainer that a question names


@dataclass(frozen=True)
class Code:
    """What going on with a study would run.

    Attributes:
        name: the trainer, or the command as one would type it.
        files: path → SHA-256, 16 hex digits.
        command: a command with all its settings, as JSON; "" for a function.
    """

    name: str
    files: Mapping[str, str]
    command: str = ""

    @property
    def digest(self) -> str:
        """Equal for equal code of a study, wherever it lies."""
        said = f"{self.name}\0{self.command}"
        total = hashlib.sha256(said.encode("utf-8", "surrogatepass"))
        for path, digest in sorted((Path(path).name, each) for path, each in self.files.items()):
            total.update(f"\0{path}\0{digest}".encode("utf-8", "surrogateescape"))
        return total.hexdigest()[:32]

    def lines(self) -> list[str]:
        """What a question shows: the trainer, and the files it is made of."""
        shown = [f"  {path}  ({digest})" for path, digest in list(self.files.items())]
        more = len(shown) - _MOST_LISTED
        listed = shown[:_MOST_LISTED] + ([f"  and {more} more files"] if more > 0 else [])
        return [f"  {self.name}", *listed]


def code_of(spec: StudySpec) -> Code | None:
    """The code of a study; None for a bundled trainer, which is this program's own."""
    return code(spec.trainer, spec.command, spec.base_dir)


def code(name: str, command: Command | None, base: str) -> Code | None:
    """The code behind a trainer's name or a command; nothing of it is imported.

    Args:
        base: the study file's folder.
    """
    if command is None and name in BUNDLED:
        return None
    settings = "" if command is None else command.model_dump_json()
    try:
        reference = resolve(name, base) if command is None else command.reference(base)
    except TrainerNotFound:
        return Code(name, {}, settings)
    sources = run_files(reference)
    files = {str(path): digests([path]).get(path.name, "") for path in sources}
    return Code(name, files, settings)


def study_id(folder: Path) -> str:
    """What a study is known by, wherever its folder lies: a hash of its log's first record."""
    with (folder / FILE_NAME).open("rb") as file:
        return hashlib.sha256(file.readline(1 << 20)).hexdigest()[:32]


def is_trusted(folder: Path, found: Code) -> bool:
    """Whether this user has started this study with this code, or chosen to trust it."""
    path = _path(study_id(folder))
    known = None if path is None else user_folders.read_own(path)
    return known is not None and found.digest.encode() in known.split()


def is_known(folder: Path) -> bool:
    """Whether this user has started this study, or chosen to trust it, with whatever code."""
    path = _path(study_id(folder))
    return path is not None and user_folders.read_own(path) is not None


def require(folder: Path, found: Code | None) -> None:
    """Refuse to go on with code that this user has not chosen to run.

    Raises:
        NotTrusted: names the code.
    """
    if found is None or is_trusted(folder, found):
        return
    raise NotTrusted(refusal(folder, found))


def refusal(place: Path, found: Code) -> str:
    """What is said where code is not run, and how it would be."""
    listed = "\n".join(found.lines())
    return (
        f"{place}: you did not start this study, or not with this code. Going on would run:\n"
        f"{listed}\nLook at it. `--trust` goes on and remembers that you trust it."
    )


def remember(folder: Path, found: Code | None) -> bool:
    """Trust a study with this code from now on; whether that could be written down."""
    if found is None or is_trusted(folder, found):
        return True
    path = _path(study_id(folder))
    if path is None or not user_folders.ready(path.parent.parent):
        return False
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(path, flags, 0o600), "ab") as file:  # noqa: PTH123
            file.write(found.digest.encode() + b"\n")
        return True
    return False


def _path(identity: str) -> Path | None:
    folder = user_folders.state_folder()
    return None if folder is None else folder / _FOLDER / identity
