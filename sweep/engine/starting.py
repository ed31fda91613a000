"""Starts a local Ray cluster: checks its requirements, retries, and explains failures.

Ray's own messages are late and unclear: a port that is in use takes 40 s and is reported as a bug
of Ray, a `TMPDIR` that is too long is detected when half of the processes run, and a small /dev/shm
only makes everything slow.
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

# `ray.init` gives its processes 30 s, which may be too short on a busy machine; a port may also be
# taken meanwhile
ATTEMPTS = 3

_LONGEST_SOCKET = 107  # bytes of a path, one less than `sun_path` has (unix(7))
# Relative to the temporary folder, with the longest process id (proc(5)): a study that starts with
# a short one is resumed with any.
_SOCKET = (
    "sweep-12345678/r/session_2026-01-01_00-00-00_000000_4194304/sockets/plasma_store"
)
_PREFIX, _INSIDE = "sweep-", "r"  # short, as the sockets' paths are limited
_SHARED = Path("/dev/shm")  # noqa: S108  (Ray writes there, not this code)
# bytes; a study uses the store only for messages above 100 kB, for a moment
_STORE = 1_000_000_000
_SMALLEST_STORE = 75 * 2**20  # bytes; Ray refuses less
_PORT = "RAY_GCS_SERVER_PORT"  # Ray's variable; without it each start takes a free port
_LONGEST_REASON = 400  # characters


def start(own: Callable[[str], None], say: Callable[[str], None]) -> None:
    """Start Ray on this machine, without output.

    Args:
        own: called with the folder for all of Ray's files before Ray writes any; only this user can
            enter it.
        say: called with warnings that do not stop the study.

    Raises:
        UsageError: this machine or the environment does not let Ray start; nothing was started.
        EngineError: it did not start in any attempt.
    """
    folder = temporary(os.environ)
    check_length(folder)
    check_port(os.environ.get(_PORT, ""))
    free = durable.free(_SHARED) if _SHARED.is_dir() else None
    if (lack := little_shared(free, folder)) is not None:
        say(lack)
    private = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))
    own(str(private))
    for attempt in range(1, ATTEMPTS + 1):
        try:
            # a later attempt starts Ray as it is
            with started_apart(agents=attempt > 1):
                ray.init(
                    address="local",
                    include_dashboard=False,
                    log_to_driver=False,
                    logging_level=logging.ERROR,
                    object_store_memory=store(free),
                    _metrics_export_port=None,
                    # Ray's own folder is open to all users, so it is inside a private one
                    _temp_dir=str(private / _INSIDE),
                )
        except Exception as error:  # Ray raises a bare `Exception` for a slow node
            ray.shutdown()
            if attempt == ATTEMPTS:
                raise EngineError(explained(error, folder)) from error
            time.sleep(2.0 * attempt)
        else:
            return


def temporary(environment: Mapping[str, str]) -> Path:
    """The temporary folder for Ray's session."""
    return Path(environment.get("RAY_TMPDIR") or environment.get("TMPDIR") or "/tmp")  # noqa: S108


def check_length(folder: Path) -> None:
    """Check that the paths of Ray's sockets in a temporary folder are not too long.

    Raises:
        UsageError: they are too long for the system.
    """
    length = len(os.fsencode(folder / _SOCKET))
    if length > _LONGEST_SOCKET:
        room = _LONGEST_SOCKET - (length - len(os.fsencode(folder)))
        raise UsageError(
            f"the path of the temporary folder {folder} is too long for Ray: its sockets'"
            f" paths would have {length} bytes, the system allows {_LONGEST_SOCKET}."
            f" Set TMPDIR (or RAY_TMPDIR) to a folder of at most {room} bytes, e.g."
            " TMPDIR=/tmp"
        )


def check_port(port: str) -> None:
    """Check that a port of the user's choice is free; Ray would retry for 40 s.

    Args:
        port: value of `RAY_GCS_SERVER_PORT`; empty: Ray takes a free port.

    Raises:
        UsageError: it is in use, or not a port.
    """
    if port in ("", "0"):
        return
    if not port.isdecimal() or int(port) >= 1 << 16:
        raise UsageError(
            f"{_PORT}={port} is not a port: unset it, and Ray takes a free one"
        )
    with socket.socket() as probe:
        # a recently closed connection does not block a port
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", int(port)))
        except OSError as error:
            raise UsageError(
                f"{_PORT}={port}: {error.strerror}. Another process has this port (`ss"
                f" -ltnp sport = :{port}`); end it, or unset {_PORT}, and Ray takes a"
                " free one"
            ) from error


def store(free: int | None) -> int:
    """Bytes for Ray's object store: what fits into /dev/shm, if it exists.

    Ray's default is 30 % of memory.
    """
    if free is None:
        return _STORE
    return max(min(_STORE, int(0.9 * free)), _SMALLEST_STORE)


def little_shared(free: int | None, folder: Path) -> str | None:
    """A warning if /dev/shm is too small for any store, as is Docker's by default."""
    if free is None or free >= _SMALLEST_STORE:
        return None
    return (
        f"only {durable.size(free)} free in {_SHARED}: Ray puts its object store in"
        f" {folder} instead, which is slow (no data of a study is there), and data"
        f" loaders with workers may fail with a bus error. Remove files from {_SHARED}; in"
        " Docker give --shm-size=2g, in Kubernetes mount an emptyDir of medium Memory"
        " there"
    )


def explained(error: Exception, folder: Path) -> str:
    """Why Ray did not start: its own message, and the likely cause."""
    reason = " ".join(str(error).split()) or type(error).__name__
    if "port" in reason and "already" in reason:
        cause = "Ports that Ray needs are taken by other processes (`ss -ltnp`)"
    elif "timed out" in reason.lower():
        cause = "This machine may be too busy to start Ray's processes within 30 s"
    else:
        cause = f"There may be too little memory, or space in {_SHARED} or {folder}"
    if len(reason) > _LONGEST_REASON:
        reason = f"{reason[:_LONGEST_REASON]}…"
    return (
        f"Ray did not start in {ATTEMPTS} attempts: {reason} {cause}. The study is"
        " intact: `sweep resume`."
    )
