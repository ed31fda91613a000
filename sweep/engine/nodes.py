"""The machines of a cluster: whether they see the study's folder, and where each keeps what is its own."""

from __future__ import annotations

import getpass
import hashlib
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from sweep import durable
from sweep.errors import UsageError

FIRST_ANSWERS = 60.0  # seconds to wait for the nodes that are there at the start; starting a process takes several
LAST_ANSWERS = 10.0  # seconds to wait for them at the end
_NAME = ".seen-by-every-node"


def scratch_root(study: str) -> Path:
    """A folder that only this node uses, for a study's temporary files.

    Args:
        study: what tells it from other studies: the URI of its storage, or its folder.
    """
    node = ray.get_runtime_context().get_node_id()[:12]  # several may share a machine
    digest = hashlib.sha256(study.encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"sweep-{getpass.getuser()}-{node}" / digest


def clear(study: str) -> None:
    """Remove what a study left on this node, when no worker needs it any more."""
    root = scratch_root(study)
    shutil.rmtree(root, ignore_errors=True)
    with suppress(OSError):  # another study's is there as well
        root.parent.rmdir()


def clear_all(study: str) -> None:
    """`clear` on every node; one that does not answer in time keeps a few small files in its temporary folder."""
    own = ray.get_runtime_context().get_node_id()
    asked = [
        _ask(node, clear, study) for node in ray.nodes() if node["Alive"] and node["NodeID"] != own
    ]
    if asked:
        ray.wait(asked, num_returns=len(asked), timeout=LAST_ANSWERS)


def _ask(node: Mapping[str, Any], what: Callable[..., object], *arguments: object) -> Any:
    """The answer to come of one node."""
    there = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
    return (
        ray.remote(num_cpus=0, max_retries=0)(what)
        .options(scheduling_strategy=there)
        .remote(*arguments)
    )


def sees(path: Path, word: str) -> bool:
    """Whether this machine has the file that the driver wrote."""
    try:
        return path.read_text(encoding="ascii") == word
    except (OSError, ValueError):
        return False


@contextmanager
def probe(folder: Path) -> Iterator[tuple[Path, str]]:
    """A file in the study's folder with a word that no other machine's file has."""
    path, word = folder.resolve() / _NAME, secrets.token_hex(16)
    durable.write_file(path, word.encode(), sync=False)
    try:
        yield path, word
    finally:
        durable.remove(path)


class Sight:
    """Asks every node that joins whether it sees the study's folder.

    Args:
        folder: the study's.
        path, word: see `probe`.

    Raises:
        UsageError: one of those that are there now does not.
    """

    def __init__(self, folder: Path, path: Path, word: str):
        self._folder, self._path, self._word = folder, path, word
        self._asked: dict[Any, str] = {}  # answer to come → what the node is called
        self._known = {ray.get_runtime_context().get_node_id()}
        self.look(FIRST_ANSWERS)

    def look(self, wait: float = 0.0) -> None:
        """Ask nodes that are new, and hear those that have answered.

        Args:
            wait: seconds for answers to come; to be 0 while trials run.

        Raises:
            UsageError: a node does not see the folder; a trial that moved there would start anew.
        """
        for node in ray.nodes():
            if node["Alive"] and node["NodeID"] not in self._known:
                self._asked[_ask(node, sees, self._path, self._word)] = node["NodeManagerHostname"]
                self._known.add(node["NodeID"])
        if not self._asked:
            return
        answered, _ = ray.wait(list(self._asked), num_returns=len(self._asked), timeout=wait)
        blind = [name for answer in answered if not _seen(answer) and (name := self._asked[answer])]
        for answer in answered:
            del self._asked[answer]
        if blind:
            raise UsageError(cannot_see(", ".join(sorted(set(blind))), self._folder.resolve()))


def cannot_see(node: str, folder: Path) -> str:
    """What to tell a user whose nodes have no disk in common."""
    return (
        f"{node} cannot see {folder}: a trial that moved there would start anew. Give --results a folder on a disk "
        f"that all nodes mount at the same place, or give --storage a place that they all reach, e.g. s3://bucket/runs"
    )


def _seen(answer: Any) -> bool:
    try:
        return bool(ray.get(answer))
    except (
        ray.exceptions.RayError
    ):  # the node left before it could answer; a worker there looks again
        return True
