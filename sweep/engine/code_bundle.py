"""Ships the user's code to machines that lack it: the driver packs it, a worker unpacks it."""

from __future__ import annotations

import hashlib
import os
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from sweep import function_file
from sweep.durable import make_folder, write_file
from sweep.errors import UsageError
from sweep.provenance.source_files import source_files
from sweep.trainer import TrainerRef
from sweep.worker.job import Job

LARGEST = 20_000_000  # bytes; a larger bundle must contain data


@dataclass(frozen=True)
class CodeBundle:
    """The files that a trainer may need, with their paths on the driver's machine.

    Attributes:
        files: absolute path → contents.
        path: folders to import from.
        workdir: the driver's working folder; relative paths in a configuration start there.
    """

    files: dict[str, bytes]
    path: tuple[str, ...]
    workdir: str

    @property
    def digest(self) -> str:
        """A hash of paths and contents, 16 hex digits."""
        total = hashlib.sha256()
        for name, data in sorted(self.files.items()):
            total.update(f"{name}\0{len(data)}\0".encode() + data)
        return total.hexdigest()[:16]


def pack(trainer: TrainerRef) -> CodeBundle:
    """Collect the trainer's files, and the modules and packages next to them.

    Raises:
        UsageError: the files are too large to be code alone.
    """
    sources, path = _sources(trainer)
    files: dict[str, bytes] = {}
    total = 0
    for file in dict.fromkeys(file.resolve() for file in sources):
        content = file.read_bytes()
        files[str(file)] = content
        total += len(content)
        if total > LARGEST:
            raise UsageError(
                f"the code next to the trainer has more than {LARGEST / 1e6:.0f} MB, up to {file}; "
                f"all of it is sent to the workers of a cluster. Put the trainer into a separate "
                f"folder"
            )
    return CodeBundle(files, path, str(Path.cwd()))


def _sources(trainer: TrainerRef) -> tuple[list[Path], tuple[str, ...]]:
    """Files that a trainer may need, and the folders to import from."""
    if trainer.kind in ("file", "command"):
        sources = list(source_files(trainer))
        for folder in dict.fromkeys(file.parent for file in sources):
            sources += _beside(folder)
        return sources, ()
    if trainer.kind == "function":
        pickled = Path(trainer.target.rpartition(":")[0])
        sources = [*function_file.files(pickled), *source_files(trainer)]
        return sources, function_file.folders(pickled)
    if trainer.kind == "module":
        return _module_sources(trainer.target.partition(":")[0])
    return [], ()


def _module_sources(module: str) -> tuple[list[Path], tuple[str, ...]]:
    """Files of the module's top package, and its folder; none if it is installed."""
    spec = find_spec(module.partition(".")[0])
    if spec is None or _is_installed(spec.origin):
        return [], ()
    roots = [Path(location) for location in spec.submodule_search_locations or ()]
    sources: list[Path] = []
    for root in roots:
        sources += _python(root)
    if not sources:
        sources = [Path(str(spec.origin))]
    folders = [root.parent for root in roots] or [sources[0].parent]
    return sources, tuple(dict.fromkeys(map(str, folders)))


def lay_out(code_bundle: CodeBundle, job: Job, scratch: Path) -> Job:
    """Write the files that this machine lacks, and return the job with this machine's paths.

    Args:
        scratch: a folder of this machine; the files go to a folder in it, named by their digest.
    """
    all_here = all(
        _is_here(Path(name), data) for name, data in code_bundle.files.items()
    )
    root = Path("/")
    if not all_here:
        root = scratch / "code" / code_bundle.digest
        _write(code_bundle.files, root)
    path = tuple(str(_moved(root, folder)) for folder in code_bundle.path)
    sys.path.extend(folder for folder in path if folder not in sys.path)
    job = replace(job, path=path)
    workdir = Path(code_bundle.workdir)
    if not workdir.is_dir():
        workdir = _moved(root, code_bundle.workdir)
    workdir.mkdir(parents=True, exist_ok=True)
    os.chdir(workdir)
    if all_here:
        return job
    base = _moved(root, job.base)
    base.mkdir(parents=True, exist_ok=True)
    job = replace(job, base=str(base))
    if Path(job.trainer).is_absolute() and job.command is None:
        job = replace(job, trainer=str(_moved(root, job.trainer)))
    return job


def _write(files: Mapping[str, bytes], root: Path) -> None:
    """Write the files below a folder; files that are there already are not touched."""
    for name, data in files.items():
        path = _moved(root, name)
        if not _is_here(path, data):
            make_folder(path.parent)
            write_file(path, data, sync=False)


def _beside(folder: Path) -> list[Path]:
    """The modules of a folder, and all modules of its packages."""
    modules = list(folder.glob("*.py"))
    for package_file in folder.glob("*/__init__.py"):
        modules += _python(package_file.parent)
    return modules


def _python(folder: Path) -> list[Path]:
    """The Python files in a folder and its subfolders, in order."""
    return sorted(folder.rglob("*.py"))


def _is_installed(origin: str | None) -> bool:
    """Whether a module belongs to Python or an installed package; every node must have those."""
    if origin is None:
        return False
    if origin in ("built-in", "frozen"):
        return True
    for name in ("stdlib", "platstdlib", "purelib", "platlib"):
        if Path(origin).is_relative_to(sysconfig.get_path(name)):
            return True
    return False


def _is_here(path: Path, data: bytes) -> bool:
    """Whether a file exists with this content."""
    try:
        return path.read_bytes() == data
    except OSError:
        return False


def _moved(root: Path, path: str) -> Path:
    """The place of a file below another root."""
    return root / Path(path).relative_to(Path(path).anchor)
