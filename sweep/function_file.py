"""Store a function as a trainer: a pickle in the study's folder, its text, and its import folders.

Workers cannot import a function that was defined in a notebook or in a script, so it is passed by
value (cloudpickle). Three files in `<study>/trainer/` store it: `train.pkl` is what runs,
`train.py` is its text with everything that it uses from the notebook (see `sweep.function_source`),
and `train.json` has the Python version, the folders of its imports, and the SHA-256 of the pickle.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import platform
import site
import sys
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cloudpickle
import orjson

from sweep import durable
from sweep.errors import TrainerNotFound
from sweep.function_source import source_text

FOLDER = "trainer"  # of a study's folder
_INSTALLED = {"site-packages", "dist-packages"}  # of any environment
_PICKLE, _TEXT, _FACTS = ".pkl", ".py", ".json"


@dataclass(frozen=True)
class FunctionTrainer:
    """A packed function.

    Attributes:
        name: name of the function and of its files.
        source: its text, see `sweep.function_source`.
        pickle: the pickle that workers load.
        folders: absolute folders in which its imports are searched as well.
    """

    name: str
    source: str
    pickle: bytes
    folders: tuple[str, ...]

    @property
    def reference(self) -> str:
        """The value of `trainer` in the study file: `trainer/train.pkl:train`."""
        return f"{FOLDER}/{self.name}{_PICKLE}:{self.name}"

    def write(self, study: Path) -> None:
        """Write the three files into a study's folder; the pickle is durable last."""
        folder = study / FOLDER
        durable.make_folder(folder)
        facts = {
            "function": self.name,
            "python": platform.python_version(),
            "folders": list(self.folders),
            "sha256": hashlib.sha256(self.pickle).hexdigest(),
        }
        durable.write_file(folder / f"{self.name}{_TEXT}", self.source.encode())
        durable.write_file(
            folder / f"{self.name}{_FACTS}",
            orjson.dumps(facts, option=orjson.OPT_INDENT_2),
        )
        durable.write_file(folder / f"{self.name}{_PICKLE}", self.pickle)

    def changes(self, study: Path) -> list[str]:
        """The unified diff between the stored text and the current one."""
        try:
            kept = (study / FOLDER / f"{self.name}{_TEXT}").read_text(encoding="utf-8")
        except FileNotFoundError:
            kept = ""
        lines = kept.splitlines(), self.source.splitlines()
        return list(
            difflib.unified_diff(*lines, "as it was", "as it is now", lineterm="", n=1)
        )


def pack(function: Callable[..., Any]) -> FunctionTrainer:
    """Pack a function with everything that it needs from this process.

    Raises:
        TrainerNotFound: it uses an object that cannot be passed to another process.
    """
    name = getattr(function, "__name__", "")
    try:
        pickled = cloudpickle.dumps(function)
    except Exception as error:  # any class may refuse in its own way
        raise TrainerNotFound(
            f"the trainer {name or function!r} uses an object that cannot be passed to another "
            f"process ({type(error).__name__}: {error}); create it inside the function"
        ) from error
    known = name if name.isidentifier() else "trainer"
    return FunctionTrainer(known, source_text(function), pickled, _own_folders())


def load(path: Path) -> Callable[..., None]:
    """The function of a pickle that `FunctionTrainer.write` wrote.

    Raises:
        TrainerNotFound: the file does not exist, was changed, or cannot be loaded.
    """
    facts = _facts(path)
    try:
        pickled = path.read_bytes()
    except OSError as error:
        raise TrainerNotFound(
            f"cannot read the trainer {path}: {error.strerror}"
        ) from error
    if hashlib.sha256(pickled).hexdigest() != facts.get("sha256"):
        raise TrainerNotFound(
            f"{path} is not the file that was written when the study was started"
        )
    sys.path.extend(folder for folder in folders(path) if folder not in sys.path)
    try:
        function: Callable[..., None] = cloudpickle.loads(pickled)
    except Exception as error:  # what it imports may fail in any way
        raise TrainerNotFound(
            f"cannot load the trainer {path}: {type(error).__name__}: {error}{_python(facts)}"
        ) from error
    return function


def text_file(path: Path) -> Path:
    """The text beside a pickle."""
    return path.with_suffix(_TEXT)


def files(path: Path) -> list[Path]:
    """All files of a function, the pickle first."""
    return [path, text_file(path), path.with_suffix(_FACTS)]


def folders(path: Path) -> tuple[str, ...]:
    """The folders of the function's imports that exist here."""
    return tuple(
        folder for folder in _facts(path).get("folders", ()) if Path(folder).is_dir()
    )


def _facts(path: Path) -> Mapping[str, Any]:
    try:
        facts = orjson.loads(path.with_suffix(_FACTS).read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise TrainerNotFound(f"no trainer {path}: {error}") from None
    return facts if isinstance(facts, dict) else {}


def _python(facts: Mapping[str, Any]) -> str:
    written, here = str(facts.get("python", "")), platform.python_version()
    if written.rsplit(".", 1)[0] == here.rsplit(".", 1)[0]:
        return ""
    return f". It was written by Python {written}, this is {here}: use that one"


def _own_folders() -> tuple[str, ...]:
    """The folders that this process imports from and a new one does not, the working
    folder first.
    """
    places = [
        sysconfig.get_path(name)
        for name in ("stdlib", "platstdlib", "purelib", "platlib")
    ]
    environment = [*places, *site.getsitepackages(), site.getusersitepackages()]
    known = {os.path.realpath(place) for place in environment}
    found = dict.fromkeys([str(Path.cwd())])
    for entry in sys.path:
        folder = Path(entry or ".").absolute()
        is_known = any(folder.resolve().is_relative_to(place) for place in known)
        is_known = is_known or not _INSTALLED.isdisjoint(folder.parts)
        if folder.is_dir() and not is_known:
            found[str(folder)] = None
    return tuple(found)
