"""Check where trials run and where their files are stored, before a study is written."""

from __future__ import annotations

from typing import Literal, get_args

from sweep import secrets
from sweep.errors import UnknownName, UsageError
from sweep.storage import Storage, absolute

EngineName = Literal["ray", "serial", "debug"]
PORT = 6379  # `ray start --head` takes it unless told otherwise
_CLIENT = "ray://"
_LOCAL = "local"  # of RAY_ADDRESS: start a Ray here, whatever else is running


def check(engine: str, address: str | None, storage: str | None) -> str | None:
    """The address of the cluster to join; None for a local Ray cluster (`local` in Ray's terms).

    This function refuses what no study can run on. It does not connect: joining shows whether the
    cluster exists.

    Args:
        engine: one of `EngineName`.
        address: of a Ray cluster, `auto` or `host:port`; None: a local Ray cluster, or none.
        storage: URI that all nodes reach; None: all nodes reach the results folder.

    Raises:
        UnknownName: there is no such engine.
        UsageError: the address or the URI is invalid, or trials cannot run through it.
    """
    address = None if address == _LOCAL else address
    if engine not in get_args(EngineName):
        raise UnknownName("engine", engine, get_args(EngineName))
    if address is not None:
        if engine != "ray":
            option = "--debug" if engine == "debug" else f"--engine {engine}"
            raise UsageError(
                f"--address {address}: {option} runs trials on this machine; leave out one of them"
            )
        head(address)
    if storage is not None:
        if storage.startswith("memory:"):
            raise UsageError(
                f"--storage {storage} is in this process's memory; workers are other"
                " processes. Use file:// or s3://"
            )
        secrets.refuse(storage, "--storage")
        Storage(absolute(storage))
    return address


def head(address: str) -> tuple[str, int] | None:
    """Host and port of a cluster's head; None for `auto`, the cluster of this machine.

    Raises:
        UsageError: see `check`.
    """
    if address.startswith(_CLIENT):
        raise UsageError(_through_a_client(address))
    if address == "auto":
        return None
    host, colon, port = address.rpartition(":")
    if not colon:
        host, port = address, str(PORT)
    host = host.strip("[]")  # IPv6
    if not host or "/" in host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise UsageError(
            f"--address {address!r} is invalid; write auto, or host:port of the head, e.g."
            f" 10.0.0.5:{PORT}"
        )
    return host, int(port)


def _through_a_client(address: str) -> str:
    host = address.removeprefix(_CLIENT).partition(":")[0] or "HEAD"
    return (
        f"--address {address}: through Ray Client, Ray Tune would run on the head, away"
        " from the study's log, which decides. Run sweep on a node instead: `ray start"
        f" --address={host}:{PORT} --num-cpus=0` makes this machine one, then"
        " `--address auto`; or hand it in: `ray job submit --address"
        f" http://{host}:8265 --working-dir . -- sweep run FILE --address auto"
        " --results /a/folder/that/stays`"
    )
