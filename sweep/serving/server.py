"""Serve a study's page until Ctrl-C, on this machine only."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

from sweep.errors import UsageError
from sweep.serving import HOST
from sweep.study import Study

if TYPE_CHECKING:
    import uvicorn

# a browser has one for each open page; more are told to come later
MOST_CONNECTIONS = 64


def serve(
    study: Study,
    *,
    port: int,
    say: Callable[[str], None],
    until_closed: int | None = None,
) -> None:
    """Serve a study's page.

    Args:
        study: the study, running or not.
        port: 0: any free port.
        say: prints the address.
        until_closed: descriptor of a pipe; the page ends when it is closed. None: only Ctrl-C ends
            the page.

    Raises:
        UsageError: a package is missing, or the port is taken.
    """
    missing = [name for name in ("starlette", "uvicorn") if find_spec(name) is None]
    if missing:
        raise UsageError(
            f"`sweep serve` needs {' and '.join(missing)}, which cannot be imported. "
            'Install them with: pip install "sweep-ablation[serve]"'
        )
    import uvicorn

    from sweep.serving.application import application
    from sweep.serving.follower import Follower

    with _bound(port) as listening:
        port = listening.getsockname()[1]
        follower = Follower(study)
        follower.start()
        say(f"{study.history.spec.name}: http://{HOST}:{port}/  (Ctrl-C ends it)")
        config = uvicorn.Config(
            application(follower, port, ending=lambda: running.should_exit),
            log_level="error",
            access_log=False,
            lifespan="off",
            limit_concurrency=MOST_CONNECTIONS,
            timeout_graceful_shutdown=2,
        )
        running = uvicorn.Server(config)
        if until_closed is not None:
            waiting = (running, until_closed)
            threading.Thread(target=_end_with, args=waiting, daemon=True).start()
        try:
            running.run(sockets=[listening])
        except KeyboardInterrupt:
            pass  # uvicorn raises it again after it has ended
        finally:
            follower.stop()
    say("the page has ended; the study is unchanged")


def _end_with(running: uvicorn.Server, pipe: int) -> None:
    while os.read(pipe, 65_536):
        pass
    running.should_exit = True


def _bound(port: int) -> socket.socket:
    """A socket on this machine's loopback address.

    Raises:
        UsageError: the port is taken.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise UsageError(
            f"port {port} of {HOST} cannot be used: {error.strerror}. Choose another: --port 0"
        ) from error
    return listening
