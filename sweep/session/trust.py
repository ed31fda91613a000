"""Remembers which studies' code this user has chosen to run.

A study's folder names a trainer, and resuming the study runs that trainer. A folder from somebody
else would run somebody else's program. So the user's state folder records each study that the user
started or chose to trust: the study's identity (a hash of its log's first record) and the hash of
its code. This check neither imports nor runs any code of the study.
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
    """The code that resuming a study would run.

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
        """A hash of the code that does not depend on its folder."""
        name_and_command = f"{self.name}\0{self.command}"
        total = hashlib.sha256(name_and_command.encode("utf-8", "surrogatepass"))
        file_names = sorted(
            (Path(path).name, digest) for path, digest in self.files.items()
        )
        for name, digest in file_names:
            total.update(f"\0{name}\0{digest}".encode("utf-8", "surrogateescape"))
        return total.hexdigest()[:32]

    def lines(self) -> list[str]:
        """Lines that show the code to the user: the trainer and its files."""
        lines = [f"  {self.name}"]
        for path, digest in list(self.files.items())[:_MOST_LISTED]:
            lines.append(f"  {path}  ({digest})")
        more = len(self.files) - _MOST_LISTED
        if more > 0:
            lines.append(f"  and {more} more files")
        return lines


def code_of(spec: StudySpec) -> Code | None:
    """The code of a study; None for a trainer that is bundled with sweep."""
    return code(spec.trainer, spec.command, spec.base_dir)


def code(name: str, command: Command | None, base: str) -> Code | None:
    """The code behind a trainer's name or a command, without importing it.

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
    """A study's identity, independent of its folder: a hash of its log's first record."""
    with (folder / FILE_NAME).open("rb") as file:
        return hashlib.sha256(file.readline(1 << 20)).hexdigest()[:32]


def is_trusted(folder: Path, code: Code) -> bool:
    """Whether this user has started this study with this code, or chosen to trust it."""
    path = _path(study_id(folder))
    if path is None:
        return False
    trusted_digests = user_folders.read_own(path)
    return (
        trusted_digests is not None and code.digest.encode() in trusted_digests.split()
    )


def is_known(folder: Path) -> bool:
    """Whether this user has started this study, or chosen to trust it, with any version
    of its code.
    """
    path = _path(study_id(folder))
    return path is not None and user_folders.read_own(path) is not None


def require(folder: Path, code: Code | None) -> None:
    """Refuse to run code that this user has not chosen to run.

    Raises:
        NotTrusted: names the code.
    """
    if code is None or is_trusted(folder, code):
        return
    raise NotTrusted(refusal(folder, code))


def refusal(path: Path, code: Code) -> str:
    """The message on code that is not trusted, with the option that trusts it."""
    listed = "\n".join(code.lines())
    return (
        f"{path}: you did not start this study, or not with this code. Continuing "
        f"would run:\n{listed}\nRead it. `--trust` continues and remembers that you "
        "trust it."
    )


def remember(folder: Path, code: Code | None) -> bool:
    """Trust a study with this code from now on; return whether that could be recorded."""
    if code is None or is_trusted(folder, code):
        return True
    path = _path(study_id(folder))
    if path is None or not user_folders.ready(path.parent.parent):
        return False
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(path, flags, 0o600), "ab") as file:  # noqa: PTH123
            file.write(code.digest.encode() + b"\n")
        return True
    return False


def _path(identity: str) -> Path | None:
    folder = user_folders.state_folder()
    return None if folder is None else folder / _FOLDER / identity
