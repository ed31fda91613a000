"""A Ray of one's own: what it needs is looked at before it starts, a start is tried again, a
failure is explained.

What Ray says itself comes late and in its own words: a port that is taken costs 40 s and calls
itself a bug of Ray's, a `TMPDIR` that is too long is found when half of the processes run, and a
small /dev/shm only slows everything down.
"""

from __future__ import annotations

import logging
import os
import socket
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import ray

from sweep import durable
from sweep.engine.own_session import started_apart
from sweep.errors import EngineError, UsageError

# `ray.init` gives its processes 30 s, which a busy machine can miss; a port may be
# taken meanwhile
ATTEMPTS = 3

_LONGEST_SOCKET = 107  # bytes of a path, one less than `sun_path` has (unix(7))
# in the temporary folder
_SOCKET = (
    "sweep-12345678/r/session_2026-01-01_00-00-00_000000_{pid}/sockets/plasma_store"
)
_PREFIX, _INSIDE = "sweep-", "r"  # short, for the sake of the sockets' paths
_SHARED = Path("/dev/shm")  # noqa: S108  (nothing is written there; Ray does)
# bytes: nothing of a study is in the store but messages above 100 kB, for a moment
_STORE = 1_000_000_000
_SMALLEST_STORE = 75 * 2**20  # bytes; Ray refuses less
_PORT = (
    "RAY_GCS_SERVER_PORT"  # Ray's own variable; without it each start takes a free port
)
_LONGEST_REASON = 400  # characters


def start(own: Callable[[str], None], say: Callable[[str], None]) -> None:
    """Start Ray on this machine, quietly.

    Args:
        own: told the folder of all of Ray's files, before there is one; none but this
            user can enter it.
        say: told what the user should know although the study goes on.

    Raises:
        UsageError: this machine or the environment does not let Ray start; nothing was started.
        EngineError: it did not start, however often it was tried.
    """
    folder = temporary(os.environ)
    check_length(folder, os.getpid())
    check_port(os.environ.get(_PORT, ""))
    free = durable.free(_SHARED) if _SHARED.is_dir() else None
    if (lack := little_shared(free, folder)) is not None:
        say(lack)
    private = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))
    own(str(private))
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with started_apart():
                ray.init(
                    address="local",
                    include_dashboard=False,
                    log_to_driver=False,
                    logging_level=logging.ERROR,
                    object_store_memory=store(free),
                    _metrics_export_port=None,
                    # Ray opens its own folder to everybody, so that lies inside one of ours.
                    _temp_dir=str(private / _INSIDE),
                )
        except (
            Exception
        ) as error:  # a node that is slow to start is a bare `Exception` of Ray's
            ray.shutdown()
            if attempt == ATTEMPTS:
                raise EngineError(explained(error, folder)) from error
            time.sleep(2.0 * attempt)
        else:
            return


def temporary(environment: Mapping[str, str]) -> Path:
    """The folder that Ray puts its session into."""
    return Path(environment.get("RAY_TMPDIR") or environment.get("TMPDIR") or "/tmp")  # noqa: S108


def check_length(folder: Path, pid: int) -> None:
    """Refuse a temporary folder in which the paths of Ray's sockets would be too long for the
    system.

    Raises:
        UsageError: see there.
    """
    length = len(os.fsencode(folder / _SOCKET.format(pid=pid)))
    if length > _LONGEST_SOCKET:
        room = _LONGEST_SOCKET - (length - len(os.fsencode(folder)))
        raise UsageError(
            f"the temporary folder {folder} is too long a path for Ray: its sockets"
            f" there would have {length} bytes, the system allows {_LONGEST_SOCKET}."
            f" Set TMPDIR (or RAY_TMPDIR) to a folder of at most {room} bytes, e.g."
            " TMPDIR=/tmp"
        )


def check_port(port: str) -> None:
    """Refuse a port of the user's choice that another process has; Ray would try for 40 s, and then
    again.

    Args:
        port: value of `RAY_GCS_SERVER_PORT`; empty: Ray takes a free one.

    Raises:
        UsageError: it is taken, or no port.
    """
    if port in ("", "0"):
        return
    if not port.isdecimal() or int(port) >= 1 << 16:
        raise UsageError(
            f"{_PORT}={port} is no port: unset it, and Ray takes a free one"
        )
    with socket.socket() as probe:
        probe.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # a closed connection's remains are no hindrance
        try:
            probe.bind(("", int(port)))
        except OSError as error:
            raise UsageError(
                f"{_PORT}={port}: {error.strerror}. Another process has this port (`ss"
                f" -ltnp sport = :{port}`); end it, or unset {_PORT}, and Ray takes a"
                " free one"
            ) from error


def store(free: int | None) -> int:
    """Bytes for Ray's object store: what fits into /dev/shm, where there is one; Ray
    itself asks for 30 % of memory.
    """
    return (
        _STORE if free is None else max(min(_STORE, int(0.9 * free)), _SMALLEST_STORE)
    )


def little_shared(free: int | None, folder: Path) -> str | None:
    """What to say where /dev/shm is too small for any store, as Docker's is unless told
    otherwise.
    """
    if free is None or free >= _SMALLEST_STORE:
        return None
    return (
        f"only {durable.size(free)} free in {_SHARED}: Ray keeps its object store in"
        f" {folder} instead, which is slow (nothing of a study lies there), and data"
        f" loaders with workers may die of a bus error. Remove files from {_SHARED}; in"
        " Docker give --shm-size=2g, in Kubernetes mount an emptyDir of medium Memory"
        " there"
    )


def explained(error: Exception, folder: Path) -> str:
    """Why Ray did not start, in its words, and what to look at."""
    said = " ".join(str(error).split()) or type(error).__name__
    if "port" in said and "already" in said:
        what = "Ports that Ray needs are taken by other processes (`ss -ltnp`)"
    elif "timed out" in said.lower():
        what = "This machine may be too busy to start Ray's processes within 30 s"
    else:
        what = f"There may be too little memory, or room in {_SHARED} or {folder}"
    short = said if len(said) <= _LONGEST_REASON else f"{said[:_LONGEST_REASON]}…"
    return (
        f"Ray did not start in {ATTEMPTS} attempts: {short} {what}. The study is"
        " intact: `sweep resume`."
    )
