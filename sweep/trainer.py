"""What a trainer's name in a study file means.

Three forms: a bundled name (`clip`), `package.module:function`, and `path/to/file.py:function`
(relative to the study file). A function that was handed to `sweep.run` itself is kept in the
study's folder, and named by its file: `trainer/train.pkl:train` (`sweep.function_file`). Resolving
a bundled name reads its settings and metrics without importing torch; `load` imports the function.
A function of your own may carry the same two as attributes: `train.settings` (a pydantic class) and
`train.metrics` (names or fnmatch patterns), and `train.deterministic = True` if its seed is meant
to change nothing.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import site
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from pydantic import BaseModel

import sweep_trainers
from sweep import function_file
from sweep.errors import TrainerNotFound, nearest, one_of
from sweep.script_imports import as_script, importable_by_name, missing_folder
from sweep.trainer_form import check_form


@dataclass(frozen=True)
class TrainerRef:
    """A trainer that has been looked up but not imported.

    Attributes:
        kind: `bundled`, `module`, `file`, `function` (a pickle) or `command`
            (`sweep.spec.Command.reference`).
        target: `module:function`, `/absolute/file.py:function`, `/absolute/file.pkl:function`, or
            the command as one would type it.
        settings: class that validates a configuration; None when it is not known before the import,
            or at all.
        metrics: names and fnmatch patterns of every metric reported; None likewise.
        deterministic: the trainer says that seeds change nothing.
        files: of a command, those that it names.
    """

    kind: Literal["bundled", "module", "file", "function", "command"]
    target: str
    settings: type[BaseModel] | None = None
    metrics: tuple[str, ...] | None = None
    deterministic: bool = False
    files: tuple[Path, ...] = ()

    def reports(self, metric: str) -> bool:
        """Whether the trainer says that it reports `metric`; True when it does not say
        what it reports.
        """
        return self.metrics is None or any(
            metric == m or fnmatchcase(metric, m) for m in self.metrics
        )


def resolve(name: str, base_dir: Path | str = ".") -> TrainerRef:
    """Look a trainer up; relative files are relative to `base_dir`, the study file's folder.

    Raises:
        TrainerNotFound: no such bundled name, no such file, or a name of none of the three forms.
    """
    if name in sweep_trainers.BUNDLED:
        described = importlib.import_module(f"sweep_trainers.settings.{name}")
        return TrainerRef(
            "bundled",
            sweep_trainers.BUNDLED[name],
            described.SETTINGS,
            tuple(described.METRICS),
        )
    module, colon, function = name.rpartition(":")
    if not colon and name.endswith(".py"):
        _existing_file(name, Path(base_dir))
        script = f'command: [python, {name}, "${{args}}"]'
        raise TrainerNotFound(
            f"{name!r} names no function; write {name}:train, or for a whole script {script}"
        )
    if not colon:
        own = "or your own as package.module:function or path/to/file.py:function"
        raise TrainerNotFound(
            f"unknown trainer {name!r}; {one_of(sweep_trainers.BUNDLED, name)}, {own}"
        )
    if not function.isidentifier() or not module:
        raise TrainerNotFound(
            f"{name!r} names no function; write package.module:function or path/to/file.py:function"
        )
    if module.endswith(".py"):
        return TrainerRef(
            "file", f"{_existing_file(module, Path(base_dir))}:{function}"
        )
    if module.endswith(".pkl"):
        return TrainerRef(
            "function", f"{_existing_file(module, Path(base_dir))}:{function}"
        )
    if not all(part.isidentifier() for part in module.split(".")):
        raise TrainerNotFound(
            f"{module!r} is neither a module (package.module) nor a Python file (path/to/file.py)"
        )
    return TrainerRef("module", f"{module}:{function}")


def _existing_file(name: str, base_dir: Path) -> Path:
    try:
        path = (base_dir / Path(name).expanduser()).resolve()
        exists = path.is_file()
    except (
        OSError,
        ValueError,
        RuntimeError,
    ) as error:  # too long, a NUL, an unknown ~user
        raise TrainerNotFound(f"no file {name!r}: {error}") from None
    if not exists:
        guess = nearest(
            path.name, (p.name for p in path.parent.glob(f"*{path.suffix}"))
        )
        hint = f"; did you mean {guess!r}?" if guess else ""
        raise TrainerNotFound(f"no file {path}{hint}")
    return path


def load(ref: TrainerRef, *, keep: bool = True) -> Callable[..., None]:
    """Import the trainer's function as `python train.py` would: see `sweep.script_imports`.

    Args:
        keep: leave what the trainer needs while it runs (path, arguments, its modules) in this
            process. False: only look at it.

    Raises:
        TrainerNotFound: the module or file cannot be imported, has no such function, or it is none
            that could be called as `train(config, run)`.
    """
    source, _, name = ref.target.rpartition(":")
    if ref.kind == "function":
        return function_file.load(Path(source))
    try:
        module = _import(ref, source, keep)
    except TrainerNotFound:
        raise
    except (
        Exception,
        SystemExit,
    ) as error:  # a module may fail in any way, or be a script
        raise TrainerNotFound(
            f"cannot import the trainer {ref.target}: {type(error).__name__}: "
            f"{error}{_where(error)}{_advice(error, _folder(ref, source))}"
        ) from error
    function = getattr(module, name, None)
    if function is None:
        functions = [
            n for n, v in vars(module).items() if callable(v) and not n.startswith("_")
        ]
        raise TrainerNotFound(
            f"{source} has no function {name!r}; {one_of(functions, name)}"
        )
    check_form(function, ref.target)
    return function  # type: ignore[no-any-return]


def outside_environment(ref: TrainerRef) -> str | None:
    """The folder that a trainer's module was found in, if this process alone looks there.

    A script that starts a study has its own folder on its path, and a notebook what it put there.
    A process that is started anew has neither.
    """
    if ref.kind != "module":
        return None
    top = ref.target.partition(":")[0].partition(".")[0]
    specification = importlib.util.find_spec(top)
    if specification is None or specification.origin is None:
        return None
    origin = Path(specification.origin)
    root = origin.parent.parent if origin.name == "__init__.py" else origin.parent
    known = {str(Path.cwd()), *os.environ.get("PYTHONPATH", "").split(os.pathsep)}
    known |= {*site.getsitepackages(), site.getusersitepackages()}
    known |= {sysconfig.get_path(name) for name in ("stdlib", "platstdlib")}
    return None if str(root) in known else str(root)


def described(ref: TrainerRef) -> TrainerRef:
    """The reference with the settings and metrics that an own function carries; imports it unless
    it is bundled.

    Raises:
        TrainerNotFound: see `load`; or the attributes are not of the documented kind.
    """
    if ref.kind in ("bundled", "command"):
        return ref
    return of_function(ref, load(ref, keep=False))


def of_function(ref: TrainerRef, function: Callable[..., None]) -> TrainerRef:
    """The reference with the settings and metrics that a function carries.

    Raises:
        TrainerNotFound: the attributes are not of the documented kind.
    """
    settings, metrics = (
        getattr(function, "settings", None),
        getattr(function, "metrics", None),
    )
    if settings is not None and not (
        isinstance(settings, type) and issubclass(settings, BaseModel)
    ):
        raise TrainerNotFound(
            f"{ref.target}.settings is {settings!r}, not a pydantic model class"
        )
    if metrics is not None and (
        isinstance(metrics, str) or not all(isinstance(m, str) for m in metrics)
    ):
        raise TrainerNotFound(
            f"{ref.target}.metrics is {metrics!r}, not a tuple of metric names"
        )
    deterministic = getattr(function, "deterministic", False)
    if not isinstance(deterministic, bool):
        raise TrainerNotFound(
            f"{ref.target}.deterministic is {deterministic!r}, neither True nor False"
        )
    reported = None if metrics is None else tuple(metrics)
    return replace(
        ref, settings=settings, metrics=reported, deterministic=deterministic
    )


def _folder(ref: TrainerRef, source: str) -> Path:
    """The folder that comes first on the path: the file's, or the working folder of `python -m`."""
    return Path(source).parent if ref.kind == "file" else Path.cwd()


def _import(ref: TrainerRef, source: str, keep: bool) -> ModuleType:
    """Import the trainer's module, once a process while its file stays as it is."""
    if ref.kind == "bundled":
        return importlib.import_module(source)
    folder = _folder(ref, source)
    key = (source, str(folder), _stamp(source))
    known = _imported.get(key)
    with as_script(folder, source, keep=keep) as own:
        if known is not None:
            if keep:
                sys.modules.update(known.modules)
            return known.module
        is_file = ref.kind == "file"
        module = (
            _import_file(Path(source)) if is_file else importlib.import_module(source)
        )
    if ref.kind == "module" and str(folder) not in sys.path:
        sys.path.append(str(folder))  # for those who look where the module lies
    _imported[key] = _Imported(module, own)
    return module


@dataclass(frozen=True)
class _Imported:
    """A trainer's module, and those of its folder that were imported with it."""

    module: ModuleType
    modules: dict[str, ModuleType]


_imported: dict[tuple[str, str, int], _Imported] = {}


def _stamp(source: str) -> int:
    """When a file was last written; 0 for the name of a module."""
    try:
        return Path(source).stat().st_mtime_ns
    except OSError:
        return 0


def _import_file(path: Path) -> ModuleType:
    """Import a file under the name that a process it starts can import it by.

    A worker process of a DataLoader that is started anew (`spawn`, `forkserver`) finds the classes
    of `train.py` in the module `train`, since it is given our path.
    """
    name = path.stem
    if not importable_by_name(path):
        name = f"sweep_trainer_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise TrainerNotFound(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def _advice(error: BaseException, folder: Path) -> str:
    """Where a module lies that could not be imported, if it lies near the trainer."""
    if not isinstance(error, ModuleNotFoundError) or error.name is None:
        return ""
    place = missing_folder(error.name, folder)
    if place is None or str(place) == str(folder):
        return ""
    return (
        f". It lies in {place}, which is not on the path: `export PYTHONPATH={place}`, or install "
        f"the project there (`pip install -e`)"
    )


def _where(error: BaseException) -> str:
    """` (file:line)` of the innermost frame of an error."""
    trace: Any = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({error.filename}:{error.lineno})"
    return (
        f" ({trace.tb_frame.f_code.co_filename}:{trace.tb_lineno})"
        if trace is not None
        else ""
    )
