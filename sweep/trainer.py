"""Find and import the trainer that a study file names.

A name has one of three forms: a bundled name (`clip`), `package.module:function`, or
`path/to/file.py:function` (relative to the study file). A function that is passed to `sweep.run` is
pickled into the study's folder and named by that file: `trainer/train.pkl:train`
(`sweep.function_file`).

`resolve` reads the settings and metrics of a bundled trainer without importing torch; `load`
imports the function. A function of your own may have the same two as attributes: `train.settings`
(a pydantic class) and `train.metrics` (names or fnmatch patterns). It sets
`train.deterministic = True` if its seed has no effect.
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

TrainerKind = Literal["bundled", "module", "file", "function", "command"]


@dataclass(frozen=True)
class TrainerRef:
    """A trainer that has been looked up but not imported.

    Attributes:
        kind: `bundled`, `module`, `file`, `function` (a pickle) or `command`
            (`sweep.spec.Command.reference`).
        target: `module:function`, `/absolute/file.py:function`, `/absolute/file.pkl:function`, or
            the command as typed in a shell.
        settings: class that validates a configuration; None if the trainer has none, or if it is
            not imported yet.
        metrics: names and fnmatch patterns of all reported metrics; None as for `settings`.
        deterministic: the trainer declares that seeds have no effect.
        files: files that a command names; empty for a function.
    """

    kind: TrainerKind
    target: str
    settings: type[BaseModel] | None = None
    metrics: tuple[str, ...] | None = None
    deterministic: bool = False
    files: tuple[Path, ...] = ()

    def reports(self, metric: str) -> bool:
        """Whether the trainer reports `metric`; True if it does not declare its metrics."""
        if self.metrics is None or metric in self.metrics:
            return True
        return any(fnmatchcase(metric, pattern) for pattern in self.metrics)


def resolve(name: str, base_dir: Path | str = ".") -> TrainerRef:
    """Look a trainer up by name. Files are relative to `base_dir`, the study file's folder.

    Raises:
        TrainerNotFound: there is no such bundled name or file, or the name has none of the forms.
    """
    if name in sweep_trainers.BUNDLED:
        declared = importlib.import_module(f"sweep_trainers.settings.{name}")
        target, metrics = sweep_trainers.BUNDLED[name], tuple(declared.METRICS)
        return TrainerRef("bundled", target, declared.SETTINGS, metrics)
    module, colon, function = name.rpartition(":")
    if not colon and name.endswith(".py"):
        _existing_file(name, Path(base_dir))
        script = f'command: [python, {name}, "${{args}}"]'
        raise TrainerNotFound(
            f"{name!r} names no function; write {name}:train, or for a whole script {script}"
        )
    if not colon:
        forms = "or your own as package.module:function or path/to/file.py:function"
        raise TrainerNotFound(
            f"unknown trainer {name!r}; {one_of(sweep_trainers.BUNDLED, name)}, {forms}"
        )
    if not function.isidentifier() or not module:
        raise TrainerNotFound(
            f"{name!r} names no function; write package.module:function or path/to/file.py:function"
        )
    if module.endswith((".py", ".pkl")):
        path = _existing_file(module, Path(base_dir))
        kind: TrainerKind = "file" if module.endswith(".py") else "function"
        return TrainerRef(kind, f"{path}:{function}")
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
        siblings = path.parent.glob(f"*{path.suffix}")
        guess = nearest(path.name, (sibling.name for sibling in siblings))
        hint = f"; did you mean {guess!r}?" if guess else ""
        raise TrainerNotFound(f"no file {path}{hint}")
    return path


def load(ref: TrainerRef, *, keep: bool = True) -> Callable[..., None]:
    """Import the trainer's function as `python train.py` would: see `sweep.script_imports`.

    Args:
        keep: True leaves in this process what the trainer needs while it runs (`sys.path`,
            `sys.argv`, its modules); False restores them, for a caller that only inspects it.

    Raises:
        TrainerNotFound: the module or file cannot be imported, has no such function, or the
            function cannot be called as `train(config, run)`.
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
        public = [n for n in vars(module) if not n.startswith("_")]
        functions = [n for n in public if callable(getattr(module, n))]
        raise TrainerNotFound(
            f"{source} has no function {name!r}; {one_of(functions, name)}"
        )
    check_form(function, ref.target)
    return function  # type: ignore[no-any-return]


def outside_environment(ref: TrainerRef) -> str | None:
    """The folder of a trainer's module, if a new Python process would not look there.

    A script that starts a study has its own folder on `sys.path`, and a notebook whatever it added.
    A new process has neither. None: the module is not imported by name, or is importable anywhere.
    """
    if ref.kind != "module":
        return None
    top = ref.target.partition(":")[0].partition(".")[0]
    specification = importlib.util.find_spec(top)
    if specification is None or specification.origin is None:
        return None
    origin = Path(specification.origin)
    root = origin.parent.parent if origin.name == "__init__.py" else origin.parent
    folders = {str(Path.cwd()), *os.environ.get("PYTHONPATH", "").split(os.pathsep)}
    folders |= {*site.getsitepackages(), site.getusersitepackages()}
    folders |= {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    return None if str(root) in folders else str(root)


def described(ref: TrainerRef) -> TrainerRef:
    """The reference with the settings and metrics of the user's function, which is imported for it.

    A bundled trainer or a command is returned unchanged.

    Raises:
        TrainerNotFound: as `load`, or an attribute has the wrong type.
    """
    if ref.kind in ("bundled", "command"):
        return ref
    return of_function(ref, load(ref, keep=False))


def of_function(ref: TrainerRef, function: Callable[..., None]) -> TrainerRef:
    """The reference with the attributes `settings`, `metrics` and `deterministic` of a function.

    Raises:
        TrainerNotFound: an attribute has the wrong type.
    """
    settings = getattr(function, "settings", None)
    metrics = getattr(function, "metrics", None)
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
    """The folder put first on `sys.path`: the file's, or the working folder (`python -m`)."""
    return Path(source).parent if ref.kind == "file" else Path.cwd()


def _import(ref: TrainerRef, source: str, keep: bool) -> ModuleType:
    """Import the trainer's module; once per process, unless its file has changed."""
    if ref.kind == "bundled":
        return importlib.import_module(source)
    folder = _folder(ref, source)
    key = (source, str(folder), _stamp(source))
    imported = _imported.get(key)
    with as_script(folder, source, keep=keep) as modules_beside:
        if imported is not None:
            if keep:
                sys.modules.update(imported.modules)
            return imported.module
        is_file = ref.kind == "file"
        module = (
            _import_file(Path(source)) if is_file else importlib.import_module(source)
        )
    if ref.kind == "module" and str(folder) not in sys.path:
        sys.path.append(str(folder))  # lets others find the module by name
    _imported[key] = _Imported(module, modules_beside)
    return module


@dataclass(frozen=True)
class _Imported:
    """A trainer's module, and the modules of its folder that it imported."""

    module: ModuleType
    modules: dict[str, ModuleType]


_imported: dict[tuple[str, str, int], _Imported] = {}


def _stamp(source: str) -> int:
    """Modification time of a file in nanoseconds; 0 for a module's name."""
    try:
        return Path(source).stat().st_mtime_ns
    except OSError:
        return 0


def _import_file(path: Path) -> ModuleType:
    """Import a file under a name by which its child processes can import it.

    A DataLoader worker that is started with `spawn` or `forkserver` gets this process's `sys.path`
    and finds the classes of `train.py` in the module `train`.
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
    """The part of a message that says where a missing module is, if it is near the trainer."""
    if not isinstance(error, ModuleNotFoundError) or error.name is None:
        return ""
    found_in = missing_folder(error.name, folder)
    if found_in is None or str(found_in) == str(folder):
        return ""
    return (
        f". It is in {found_in}, which is not on the Python path: `export "
        f"PYTHONPATH={found_in}`, or install the project there (`pip install -e`)"
    )


def _where(error: BaseException) -> str:
    """` (file:line)` of the innermost frame of an error."""
    trace: Any = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({error.filename}:{error.lineno})"
    if trace is None:
        return ""
    return f" ({trace.tb_frame.f_code.co_filename}:{trace.tb_lineno})"
