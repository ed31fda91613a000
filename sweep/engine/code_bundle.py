"""The user's own code, for machines that do not have it: packed by the driver, laid out by a worker that lacks it."""

from __future__ import annotations

import hashlib
import os
import sys
import sysconfig
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from sweep import function_file
from sweep.durable import make_folder, write_file
from sweep.errors import UsageError
from sweep.provenance.source_files import source_files
from sweep.trainer import TrainerRef
from sweep.worker.job import Job

LARGEST = 20_000_000  # bytes; code is small, and what is larger is data that lies somewhere


@dataclass(frozen=True)
class CodeBundle:
    """The files that a trainer may need, and where they lie on the driver's machine.

    Attributes:
        files: absolute path → contents.
        path: folders to import from.
        workdir: the driver's working folder, which relative paths in a configuration start from.
    """

    files: dict[str, bytes]
    path: tuple[str, ...]
    workdir: str

    @property
    def digest(self) -> str:
        """Equal for equal files in equal places, 16 hex digits."""
        total = hashlib.sha256()
        for name, data in sorted(self.files.items()):
            total.update(f"{name}\0{len(data)}\0".encode() + data)
        return total.hexdigest()[:16]


def pack(trainer: TrainerRef) -> CodeBundle:
    """What workers need of the user's code: the trainer's files, modules and packages beside them.

    Raises:
        UsageError: that is so much that it cannot all be code.
    """
    path: tuple[str, ...] = ()
    found: list[Path] = []
    if trainer.kind in ("file", "command"):
        sources = source_files(trainer)
        folders = dict.fromkeys(file.parent for file in sources)
        found = [*sources, *(file for folder in folders for file in _beside(folder))]
    elif trainer.kind == "function":
        pickled = Path(trainer.target.rpartition(":")[0])
        found = [*function_file.files(pickled), *source_files(trainer)]
        path = function_file.folders(pickled)
    elif trainer.kind == "module":
        top = trainer.target.partition(":")[0].partition(".")[0]
        spec = find_spec(top)
        if spec is not None and not _is_installed(spec.origin):
            roots = [Path(place) for place in spec.submodule_search_locations or ()]
            found = [file for root in roots for file in _python(root)] or [Path(str(spec.origin))]
            path = tuple(dict.fromkeys(str(root.parent) for root in roots)) or (
                str(found[0].parent),
            )
    files: dict[str, bytes] = {}
    for file in dict.fromkeys(file.resolve() for file in found):
        files[str(file)] = file.read_bytes()
        if sum(map(len, files.values())) > LARGEST:
            raise UsageError(
                f"the code beside the trainer has more than {LARGEST / 1e6:.0f} MB, up to {file}; workers of a cluster "
                f"are sent all of it. Put the trainer into a folder of its own"
            )
    return CodeBundle(files, path, str(Path.cwd()))


def lay_out(code_bundle: CodeBundle, job: Job, scratch: Path) -> Job:
    """The job with its paths as they are on this machine; files that are not here as they were
    packed are written.

    Args:
        scratch: a folder of this machine; the files go to a folder of their digest in it.
    """
    here = all(_is_here(Path(name), data) for name, data in code_bundle.files.items())
    root = Path("/") if here else scratch / "code" / code_bundle.digest
    if not here:
        for name, data in code_bundle.files.items():
            place = _moved(root, name)
            if not _is_here(place, data):
                make_folder(place.parent)
                write_file(place, data, sync=False)
    moved = tuple(str(_moved(root, folder)) for folder in code_bundle.path)
    sys.path.extend(folder for folder in moved if folder not in sys.path)
    job = replace(job, path=moved)
    workdir = (
        Path(code_bundle.workdir)
        if Path(code_bundle.workdir).is_dir()
        else _moved(root, code_bundle.workdir)
    )
    workdir.mkdir(parents=True, exist_ok=True)
    os.chdir(workdir)
    if here:
        return job
    base = _moved(root, job.base)
    base.mkdir(parents=True, exist_ok=True)
    absolute = Path(job.trainer).is_absolute() and job.command is None
    return replace(
        job, base=str(base), trainer=str(_moved(root, job.trainer)) if absolute else job.trainer
    )


def _beside(folder: Path) -> list[Path]:
    """Modules of a folder, and its packages whole."""
    packages = [path.parent for path in folder.glob("*/__init__.py")]
    return [*folder.glob("*.py"), *(file for package in packages for file in _python(package))]


def _python(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def _is_installed(origin: str | None) -> bool:
    """Whether a module is part of Python or of an installed package, which each node has to have."""
    if origin is None:
        return False
    places = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return origin in ("built-in", "frozen") or any(
        Path(origin).is_relative_to(place) for place in places
    )


def _is_here(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except OSError:
        return False


def _moved(root: Path, path: str) -> Path:
    return root / Path(path).relative_to(Path(path).anchor)
