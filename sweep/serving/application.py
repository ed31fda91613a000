"""Answer the page's requests: its content, its updates, and files of trials.

The server is for this machine only. It refuses requests with another host name, since a web page
can point its own name to this machine (DNS rebinding), and all methods except GET and HEAD. The
page can only load from and connect to this address.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import orjson
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    PlainTextResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from sweep.serving import HOST, page
from sweep.serving.follower import Follower
from sweep.serving.trial_file import TRIAL_FILES, read_trial_file

LOOKS_EVERY = 0.5  # seconds between two looks for a new snapshot
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
Next = Callable[[Request], Awaitable[Response]]


def application(
    follower: Follower, port: int, ending: Callable[[], bool] = lambda: False
) -> Starlette:
    """The application that serves a study.

    Args:
        follower: follows the study.
        port: the server's port, which is part of the allowed host names.
        ending: whether the server is about to end; open streams of updates end then.
    """

    async def index(request: Request) -> Response:
        return HTMLResponse(page.frame(follower.latest.state["name"]))

    async def updates(request: Request) -> Response:
        stream = _updates(follower, request, ending)
        return StreamingResponse(stream, media_type="text/event-stream")

    async def report(request: Request) -> Response:
        return HTMLResponse(follower.latest.report)

    async def trials(request: Request) -> Response:
        return Response(follower.latest.trials, media_type="application/json")

    async def curves(request: Request) -> Response:
        return Response(follower.latest.curves, media_type="application/json")

    async def page_file(request: Request) -> Response:
        name = request.path_params["name"]
        known = {**page.FILES, "report.css": "text/css", "report.js": "text/javascript"}
        if name not in known:
            return PlainTextResponse("no such file\n", status_code=404)
        return Response(page.source(name), media_type=known[name])

    async def trial_file(request: Request) -> Response:
        folder, name = request.path_params["folder"], request.path_params["name"]
        text = read_trial_file(Path(follower.study.folder), folder, name)
        if text is None:
            listed = ", ".join(TRIAL_FILES)
            return PlainTextResponse(
                f"no such file; one of: {listed}\n", status_code=404
            )
        return PlainTextResponse(text)

    routes = [
        Route("/", index),
        Route("/updates", updates),
        Route("/report.html", report),
        Route("/trials.json", trials),
        Route("/curves.json", curves),
        Route("/files/{name}", page_file),
        Route("/trials/{folder}/{name}", trial_file),
    ]
    guard = Middleware(BaseHTTPMiddleware, dispatch=_guard(port))
    return Starlette(routes=routes, middleware=[guard])


def _guard(port: int) -> Callable[[Request, Next], Awaitable[Response]]:
    """Refuse requests under another host, and methods that change something."""
    names = {f"{name}:{port}" for name in (HOST, "localhost")}

    async def dispatch(request: Request, answer: Next) -> Response:
        if request.headers.get("host") not in names:
            return PlainTextResponse(
                f"ask for http://{HOST}:{port}/\n", status_code=403
            )
        if request.method not in ("GET", "HEAD"):
            return PlainTextResponse("nothing here can be changed\n", status_code=405)
        response = await answer(request)
        response.headers.update(_HEADERS)
        return response

    return dispatch


async def _updates(
    follower: Follower, request: Request, ending: Callable[[], bool]
) -> AsyncIterator[bytes]:
    """Send the state of the study whenever there is a new snapshot (server-sent events)."""
    sent = 0
    while not ending() and not await request.is_disconnected():
        latest = follower.latest
        if latest.version != sent:
            sent = latest.version
            state = orjson.dumps({"version": sent, **latest.state})
            yield b"data: " + state + b"\n\n"
        await asyncio.sleep(LOOKS_EVERY)
