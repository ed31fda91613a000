"""Serve optuna-dashboard on a copy of a study's search, on this machine only.

The copy is an Optuna study in memory. It is made from the log and updated while the study runs.
Clicks in the browser change the copy only; nothing is written to the study.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from sweep.commands.dashboard_copy import Copy
from sweep.errors import UsageError
from sweep.log.event_log import FILE_NAME
from sweep.study import Study

HOST = "127.0.0.1"
EVERY = 5.0  # seconds between two checks of the log

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def serve(
    study: Study, *, port: int, say: Callable[[str], None], every: float = EVERY
) -> None:
    """Serve the dashboard until Ctrl-C.

    Args:
        port: a local port; 0: any free port.
        say: prints the address.
        every: seconds between two checks of the log.

    Raises:
        UsageError: optuna-dashboard is not installed, the study has no search, or the port is
            taken.
    """
    if find_spec("optuna_dashboard") is None:
        raise UsageError(
            "`sweep dashboard` needs the package optuna-dashboard, which is not installed. "
            'Install it with: pip install "sweep-ablation[dashboard]" '
            "(or: pip install optuna-dashboard)"
        )
    if study.history.spec.search is None:
        raise UsageError(
            f"{study.folder} has no search, and the dashboard shows only "
            "searches; use `sweep serve`"
        )
    copy = Copy(study.history)
    stopped = threading.Event()
    with _server(copy, port) as server:
        address = f"http://{HOST}:{server.server_port}/dashboard/"
        say(f"{study.history.spec.name}: {address}  (Ctrl-C ends it)")
        following = threading.Thread(
            target=_follow, args=(copy, study.folder, stopped, every), daemon=True
        )
        following.start()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            say("the dashboard has ended; the study is unchanged")
        finally:
            stopped.set()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the name it has in the library)
        """Print nothing, so that the address stays visible."""


def _server(copy: Copy, port: int) -> WSGIServer:
    from optuna_dashboard import wsgi

    try:
        server = make_server(
            HOST, port, wsgi(copy.storage), server_class=_Server, handler_class=_Quiet
        )
    except OSError as error:
        raise UsageError(
            f"port {port} of {HOST} cannot be used: {error.strerror}. Choose another: --port 0"
        ) from error
    server.set_app(_only_from_here(server.get_app(), server.server_port))
    return server


def _only_from_here(application: Any, port: int) -> Application:
    """Refuse requests with another host name (DNS rebinding).

    A web page can point its own host name to this machine; its requests carry that name.
    """
    names = {f"{name}:{port}" for name in (HOST, "localhost")}

    def asked(
        environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if environ.get("HTTP_HOST") in names:
            answer: Iterable[bytes] = application(environ, start_response)
            return answer
        start_response("403 Forbidden", [("Content-Type", "text/plain")])
        return [f"use http://{HOST}:{port}/\n".encode()]

    return asked


def _follow(copy: Copy, folder: Path, stopped: threading.Event, every: float) -> None:
    """Update the copy whenever the log has grown."""
    size = -1
    while not stopped.wait(every):
        try:
            now = (folder / FILE_NAME).stat().st_size
            if now != size:
                copy.update(Study(folder).history)
                size = now
        except Exception:  # e.g. the log is being replaced: try again at the next check
            logging.getLogger(__name__).warning(
                "the study could not be read", exc_info=True
            )
