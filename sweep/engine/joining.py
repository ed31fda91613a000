"""Joins a running cluster: `--address auto`, `--address host:port`."""

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

ATTEMPTS = 3  # the head may be busy, or starting at the same time
_REACH = 5.0  # seconds for a connection


def join(address: str, environment: dict[str, str]) -> None:
    """Connect to a cluster as a driver, in bounded time.

    The nodes get the driver's versions of `sweep` and `sweep_trainers`.

    Args:
        address: `auto`, or `host:port` of the head.
        environment: variables that workers are started with.

    Raises:
        UsageError: the address is invalid, or cannot be used to run trials.
        EngineError: there is no cluster, it cannot be reached, or this machine is not one of its
            nodes.
    """
    host_and_port = head(address)
    full_address = "auto"
    if host_and_port is not None:
        host, port = host_and_port
        full_address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    for attempt in range(1, ATTEMPTS + 1):
        try:
            if host_and_port is not None:
                _reach(*host_and_port)
                _show_token(full_address)
            with tempfile.TemporaryDirectory(prefix="sweep-code-") as folder:
                ray.init(
                    address=full_address,
                    log_to_driver=False,
                    logging_level=logging.ERROR,
                    runtime_env=_code(environment, Path(folder)),
                )
        except (RuntimeError, OSError, ray.exceptions.RayError) as error:
            ray.shutdown()
            none_here = host_and_port is None and isinstance(error, ConnectionError)
            if attempt == ATTEMPTS or none_here:
                raise EngineError(_no_cluster(address, error)) from error
            time.sleep(2.0 * attempt)
        else:
            return


def _code(environment: dict[str, str], folder: Path) -> dict[str, Any]:
    """The runtime environment with this driver's packages, so that all nodes run one version.

    Ray imports a folder by the folder's name. If an editable install maps a package to a folder of
    another name, the package is copied to `folder` under its own name.
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
    """Check the connection in seconds; Ray takes minutes, and then ends the process."""
    with socket.create_connection((host, port), timeout=_REACH):
        return


def _show_token(address: str) -> None:
    """Use this account's token for a cluster that requires one.

    Since Ray 2.60 a local `ray.init` creates a token for the account, and `ray start` then requires
    it. For `auto` Ray uses it automatically; for an explicit address it does not, and fails to
    connect without a reason.

    Raises:
        EngineError: the account has no token, or the wrong one.
    """
    if not _refused(address):
        return
    from ray._private.authentication import authentication_token_setup as tokens

    enable = tokens.maybe_enable_token_auth_if_token_available
    if not enable(warn_if_disabled=False) or _refused(address):
        raise EngineError(
            f"the cluster at {address} asks for a token, and this account has none or"
            " another one. Copy the head's ~/.ray/auth_token here, or set"
            " RAY_AUTH_TOKEN. The study is intact: `sweep resume`"
        )


def _refused(address: str) -> bool:
    """Whether a cluster refuses the connection because of a missing token.

    `ray.init` reports any other error.
    """
    # () catches nothing: older versions of Ray have no tokens
    refusal = getattr(ray.exceptions, "AuthenticationError", ())
    try:
        _raylet.GcsClient(address=address)  # type: ignore[attr-defined]
    except refusal:
        return True
    except (RuntimeError, OSError, ray.exceptions.RayError):
        return False
    return False


def _no_cluster(address: str, error: Exception) -> str:
    reason = next(iter(str(error).splitlines()), "") or type(error).__name__
    if address == "auto":
        return (
            f"--address auto found no Ray on this machine: {reason}. Start one with `ray"
            f" start --head`, or join one with `ray start --address=HEAD:{PORT}`;"
            " without --address, sweep starts a local Ray cluster"
        )
    return (
        f"the cluster at {address} could not be joined in {ATTEMPTS} attempts: {reason}."
        " Is `ray start --head` running there, is the port open, are Ray"
        f" ({ray.__version__}) and Python the same on both? This machine has to be a"
        f" node of it: `ray start --address={address} --num-cpus=0` makes it one. The"
        " study is intact: `sweep resume`"
    )
