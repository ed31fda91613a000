"""A cluster that is there already: `--address auto`, `--address host:port`."""

from __future__ import annotations

import logging
import shutil
import socket
import tempfile
import time
from pathlib import Path
from typing import Any

import ray
from ray import _raylet

import sweep_trainers
from sweep import errors
from sweep.errors import EngineError
from sweep.session.run_target import PORT, head

ATTEMPTS = 3  # a head that is busy, or comes up together with us, gets another chance
_REACH = 5.0  # seconds for a connection


def join(address: str, environment: dict[str, str]) -> None:
    """Become a driver of a cluster, in bounded time; its nodes get the driver's own `sweep` and
    `sweep_trainers`.

    Args:
        address: `auto`, or `host:port` of the head.
        environment: variables that workers are started with.

    Raises:
        UsageError: the address is of no such form, or one that trials cannot be driven through.
        EngineError: there is no cluster, it cannot be reached, or this machine is not one of its
            nodes.
    """
    known = head(address)
    where = (
        "auto"
        if known is None
        else f"{f'[{known[0]}]' if ':' in known[0] else known[0]}:{known[1]}"
    )
    for attempt in range(1, ATTEMPTS + 1):
        try:
            if known is not None:
                _reach(*known)
                _show_token(where)
            with tempfile.TemporaryDirectory(prefix="sweep-code-") as folder:
                ray.init(
                    address=where,
                    log_to_driver=False,
                    logging_level=logging.ERROR,
                    runtime_env=_code(environment, Path(folder)),
                )
        except (RuntimeError, OSError, ray.exceptions.RayError) as error:
            ray.shutdown()
            if attempt == ATTEMPTS or (
                isinstance(error, ConnectionError) and known is None
            ):
                raise EngineError(_no_cluster(address, error)) from error
            time.sleep(2.0 * attempt)
        else:
            return


def _code(environment: dict[str, str], folder: Path) -> dict[str, Any]:
    """The packages of this driver, so that no node runs another version of them.

    Ray imports a folder by the folder's name; where an editable install maps a package to a folder
    of another name, a copy under the package's own name is made in `folder`.
    """
    sources = {
        "sweep": Path(str(errors.__file__)).parent,
        "sweep_trainers": Path(str(sweep_trainers.__file__)).parent,
    }
    packages = []
    for name, source in sources.items():
        package = source
        if source.name != name:
            package = folder / name
            shutil.copytree(
                source, package, ignore=shutil.ignore_patterns("__pycache__")
            )
        packages.append(str(package))
    return {
        "py_modules": packages,
        "env_vars": environment,
        "excludes": ["__pycache__", "*.pyc"],
    }


def _reach(host: str, port: int) -> None:
    """Find out in seconds what Ray would find out in minutes, and then by ending the process."""
    with socket.create_connection((host, port), timeout=_REACH):
        return


def _show_token(where: str) -> None:
    """Answer a cluster that asks for a token with this account's.

    Since Ray 2.60 a local `ray.init` makes an account one, and `ray start` asks for it from then
    on. For `auto` Ray shows it by itself; for an address that is written out it does not, and fails
    to connect without saying why.

    Raises:
        EngineError: the account has no token, or it is another one.
    """
    if not _refused(where):
        return
    from ray._private.authentication import authentication_token_setup as tokens

    if not tokens.maybe_enable_token_auth_if_token_available(
        warn_if_disabled=False
    ) or _refused(where):
        raise EngineError(
            f"the cluster at {where} asks for a token, and this account has none or"
            " another one. Copy the head's ~/.ray/auth_token here, or set"
            " RAY_AUTH_TOKEN. The study is intact: `sweep resume`"
        )


def _refused(where: str) -> bool:
    """Whether a cluster does not talk to us for want of its token; any other fault is
    left to `ray.init` to say.
    """
    refusal = getattr(
        ray.exceptions, "AuthenticationError", ()
    )  # () catches nothing: an older Ray knows no tokens
    try:
        _raylet.GcsClient(address=where)  # type: ignore[attr-defined]
    except refusal:
        return True
    except (RuntimeError, OSError, ray.exceptions.RayError):
        return False
    return False


def _no_cluster(address: str, error: Exception) -> str:
    said = next(iter(str(error).splitlines()), "") or type(error).__name__
    if address == "auto":
        return (
            f"--address auto found no Ray on this machine: {said}. Start one with `ray"
            f" start --head`, or join one with `ray start --address=HEAD:{PORT}`;"
            " without --address, sweep starts a Ray of its own"
        )
    return (
        f"the cluster at {address} could not be joined in {ATTEMPTS} attempts: {said}."
        " Is `ray start --head` running there, is the port open, are Ray"
        f" ({ray.__version__}) and Python the same on both? This machine has to be a"
        f" node of it: `ray start --address={address} --num-cpus=0` makes it one. The"
        " study is intact: `sweep resume`"
    )
