"""One function for each reader, and the property that whatever it is given must leave intact."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sweep import spec
from sweep.command.sources import FORMATS
from sweep.commands import alone
from sweep.errors import SweepError
from sweep.history.opening import read as read_history
from sweep.log import log_cache as cache
from sweep.log.event_log import FILE_NAME
from sweep.model.trial import trial_folder
from sweep.report.verification.log_reading import read_log
from sweep.report.verification.trial_files import check_trial_files
from sweep.session import plan, trust
from sweep.spec.overrides import parse
from sweep.storage import Storage
from sweep.worker.checkpoint import Checkpoints, read
from sweep.worker.mirror import MANIFESTS, Mirror
from tests.fuzz import corpus

SECONDS = 1.0  # of CPU, which a busy machine does not stretch
LONGEST_MESSAGE = 500_000

Reader = Callable[[bytes, Path], None]


def study_file(data: bytes, folder: Path) -> None:
    """`sweep check FILE`, without importing the trainer that it names, and what `sweep
    plan` counts."""
    path = folder / "study.yaml"
    path.write_bytes(data)
    wanted = spec.load(path)
    plan.plan(wanted)
    assert spec.StudySpec.from_canonical(wanted.canonical()).digest == wanted.digest


def assignment(data: bytes, folder: Path) -> None:
    """`sweep check FILE --set KEY=VALUE`."""
    path = folder / "study.yaml"
    path.write_text(SOUND, encoding="utf-8")
    spec.load(path, overrides=parse([data.decode("utf-8", "surrogateescape")]))


def event_log(data: bytes, folder: Path) -> None:
    """What every command does first with a study: its log, folded."""
    (folder / FILE_NAME).write_bytes(data)
    read_history(folder)


def log_cache(data: bytes, folder: Path) -> None:
    """A cache of a log, once as it is and once signed with this user's own key.

    The first may come from anywhere, and changes nothing of what is read. The second takes this
    user's rights, and may be believed, but never gives a traceback.
    """
    log = folder / FILE_NAME
    log.write_bytes(corpus.written(corpus.records()))
    with own_folders(folder):
        key = cache._key(make=True)
        path = cache.path_of(log)
        if key is None or path is None:
            raise Broken("there is no folder of the user's own")
        path.parent.mkdir(parents=True, exist_ok=True)
        for forged in (data, cache._sign(key, data) + b"\n" + data):
            path.write_bytes(forged)
            read = read_history(folder)
            if forged is data and read.trials[1].attributes != _REUSED:
                raise Broken("another history was read")


_REUSED = {"reused": {"study": "other", "trial": 3}}


@contextmanager
def own_folders(folder: Path) -> Iterator[None]:
    """The user's own folders are inside `folder` meanwhile."""
    names = ("XDG_CACHE_HOME", "XDG_STATE_HOME")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, str(folder)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def checkpoint(data: bytes, folder: Path) -> None:
    """A checkpoint whose hash is right: whoever wrote it also wrote the hash."""
    path = folder / "epoch-00000.pt"
    path.write_bytes(data)
    read(path, hashlib.sha256(data).hexdigest())


def checkpoint_index(data: bytes, folder: Path) -> None:
    """The index beside a trial's checkpoints."""
    (folder / "checkpoints").mkdir(exist_ok=True)
    (folder / "checkpoints" / "index.json").write_bytes(data)
    Checkpoints(folder).load()


def metrics_file(data: bytes, folder: Path) -> None:
    """What a program wrote, read as each of the formats, while it runs and when it has ended."""
    for name, form in FORMATS.items():
        (folder / f"metrics.{name}").write_bytes(data)
        for ended in (False, True):
            try:
                form(folder, f"metrics.{name}").read(ended)
            except SweepError as error:
                _worded(error)


def trial_config(data: bytes, folder: Path) -> None:
    """What `sweep try` reads of a trial before it asks whether its code is to be run."""
    path = folder / "config.json"
    path.write_bytes(data)
    found = alone._from_trial(path, {})
    given = found.get("command")
    described = None if given is None else spec.Command.model_validate(given)
    trust.code(found["trainer"], described, found["base"])


def manifest(data: bytes, folder: Path) -> None:
    """What says in a storage which files make up a trial's folder."""
    named = hashlib.sha256(data).hexdigest()
    place = folder / "store" / "trials" / "0" / MANIFESTS
    place.mkdir(parents=True, exist_ok=True)
    (place / f"{named}.json").write_bytes(data)
    storage = Storage(f"file://{folder}/store", pause=lambda seconds: None)
    Mirror(storage, "trials/0", folder / "here").fetch(named)


def trial_history(data: bytes, folder: Path) -> None:
    """What `sweep verify` reads of a trial's files."""
    (folder / FILE_NAME).write_bytes(corpus.written(corpus.records()))
    log = read_log(folder / FILE_NAME)
    for trial in log.history.trials.values():
        place = folder / "trials" / trial_folder(trial)
        place.mkdir(parents=True, exist_ok=True)
        for name in ("history.jsonl", "config.json"):
            (place / name).write_bytes(data)
    check_trial_files(folder, log)


READERS: dict[str, Reader] = {
    reader.__name__: reader
    for reader in (
        *(study_file, assignment, event_log, log_cache),
        *(checkpoint, checkpoint_index, metrics_file),
        *(trial_config, trial_history, manifest),
    )
}

SOUND = """
trainer: clip
metric: {name: val/balanced_accuracy, goal: maximize}
parameters: {epochs: 3, temperature: {min: 0.05, max: 0.2}}
search: {method: random, trials: 4}
profiles: {full: {epochs: 60}}
"""


class Broken(AssertionError):
    """A reader did what no input may make it do."""


def survives(
    name: str, data: bytes, folder: Path, seconds: float = SECONDS
) -> SweepError | None:
    """Give a reader its input; the refusal, or None where it was read.

    Raises:
        Broken: it took long, wrote elsewhere, ran something, or refused without a message.
        Exception: whatever else it raised is a traceback that a user would have seen.
    """
    began = time.thread_time()
    try:
        with watched(folder):
            READERS[name](data, folder)
    except SweepError as error:
        _worded(error)
        return error
    finally:
        took = time.thread_time() - began
        if took > seconds:
            raise Broken(f"{name} took {took:.1f} s of CPU")
    return None


def _worded(error: SweepError) -> None:
    if not str(error).strip() or len(str(error)) > LONGEST_MESSAGE:
        raise Broken(
            f"{type(error).__name__} with a message of {len(str(error))} characters"
        )


# --------------------------------------------------------------------------- what must not happen

_RUNS = (
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.fork",
    "subprocess.Popen",
    "socket.connect",
    "pty.spawn",
)
_CHANGES = (
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.mkdir",
    "os.symlink",
    "os.link",
    "os.chmod",
    "shutil.rmtree",
)
# Event → which argument is the path that changes, and which the open folder that it is relative to.
_OF_FOLDER = {
    "os.mkdir": (0, 2),
    "os.remove": (0, 1),
    "os.rmdir": (0, 1),
    "os.rename": (0, 2),
    "os.symlink": (1, 2),
}
_watching: list[Path] = []
_seen: list[str] = []


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if not _watching:
        return
    if event in _RUNS:
        _seen.append(f"{event}{arguments!r}"[:200])
    elif (event == "open" and _writes(arguments)) or event in _CHANGES:
        path = _changed(event, arguments)
        if isinstance(path, str | bytes) and not _inside(path):
            _seen.append(f"{event} {path!r}"[:200])


def _changed(event: str, arguments: tuple[object, ...]) -> object:
    """The path that is changed; one that is relative to an open folder is found by it."""
    path_at, folder_at = _OF_FOLDER.get(event, (0, None))
    path = arguments[path_at]
    folder = None if folder_at is None else arguments[folder_at]
    if isinstance(folder, int) and folder >= 0 and isinstance(path, str):
        return str(Path(f"/proc/self/fd/{folder}").readlink() / path)
    return path


def _writes(arguments: tuple[object, ...]) -> bool:
    mode = arguments[1]
    return isinstance(mode, str) and any(letter in mode for letter in "wax+")


def _inside(path: str | bytes) -> bool:
    text = path.decode(errors="replace") if isinstance(path, bytes) else path
    return (
        Path(text).resolve().is_relative_to(_watching[0].resolve())
        or "__pycache__" in text
    )


_installed: list[bool] = []


@contextmanager
def watched(folder: Path) -> Iterator[None]:
    """Notice, by the interpreter's own audit events, any program that is run and any
    change outside `folder`."""
    if not _installed:  # such a hook stays for good; outside this block it does nothing
        sys.addaudithook(_audit)
        _installed.append(True)
    _seen.clear()
    _watching.append(folder)
    try:
        yield
    finally:
        _watching.clear()
    if _seen:
        raise Broken(f"it did what no input may make it do: {_seen[0]}")
