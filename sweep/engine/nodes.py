"""The nodes of a cluster: whether they see the study's folder, and their temporary folders."""

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

# seconds to wait for nodes at the start, where processes must start
FIRST_ANSWERS = 60.0
LAST_ANSWERS = 10.0  # seconds to wait for nodes at the end
_NAME = ".seen-by-every-node"


def scratch_root(study: str) -> Path:
    """A folder that only this node uses, for a study's temporary files.

    Args:
        study: its identity: the URI of its storage, or its folder.
    """
    node = ray.get_runtime_context().get_node_id()[:12]  # several may share a machine
    digest = hashlib.sha256(study.encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"sweep-{getpass.getuser()}-{node}" / digest


def clear(study: str) -> None:
    """Remove a study's temporary files on this node, when no worker needs them any more."""
    root = scratch_root(study)
    shutil.rmtree(root, ignore_errors=True)
    with suppress(OSError):  # it has files of another study as well
        root.parent.rmdir()


def clear_all(study: str) -> None:
    """Call `clear` on every other node; one that does not answer keeps a few small files."""
    drivers_node = ray.get_runtime_context().get_node_id()
    alive = [node for node in ray.nodes() if node["Alive"]]
    answers = [
        _ask(node, clear, study) for node in alive if node["NodeID"] != drivers_node
    ]
    if answers:
        ray.wait(answers, num_returns=len(answers), timeout=LAST_ANSWERS)


def _ask(
    node: Mapping[str, Any], function: Callable[..., object], *arguments: object
) -> Any:
    """Call a function on one node; return the future of its result."""
    on_node = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
    task = ray.remote(num_cpus=0, max_retries=0)(function)
    return task.options(scheduling_strategy=on_node).remote(*arguments)


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


class FolderCheck:
    """Asks every node that joins whether it sees the study's folder.

    Args:
        folder: the study's folder.
        path, word: see `probe`.

    Raises:
        UsageError: a node of the cluster does not see it.
    """

    def __init__(self, folder: Path, path: Path, word: str):
        self._folder, self._path, self._word = folder, path, word
        self._asked: dict[Any, str] = {}  # future answer → the node's name
        self._known = {ray.get_runtime_context().get_node_id()}
        self.ask_new_nodes(FIRST_ANSWERS)

    def ask_new_nodes(self, wait: float = 0.0) -> None:
        """Ask new nodes, and collect the answers that have arrived.

        Args:
            wait: seconds to wait for answers; 0 while trials run.

        Raises:
            UsageError: a node does not see the folder; a trial that moved there would start anew.
        """
        for node in ray.nodes():
            if node["Alive"] and node["NodeID"] not in self._known:
                self._asked[_ask(node, sees, self._path, self._word)] = node[
                    "NodeManagerHostname"
                ]
                self._known.add(node["NodeID"])
        if not self._asked:
            return
        answered, _ = ray.wait(
            list(self._asked), num_returns=len(self._asked), timeout=wait
        )
        blind_nodes = set()
        for answer in answered:
            name = self._asked.pop(answer)
            if not _seen(answer):
                blind_nodes.add(name)
        if blind_nodes:
            raise UsageError(
                cannot_see(", ".join(sorted(blind_nodes)), self._folder.resolve())
            )


def cannot_see(node: str, folder: Path) -> str:
    """The message on a node that does not share the disk of the study's folder."""
    return (
        f"{node} cannot see {folder}: a trial that moved there would start again "
        "from epoch 0. Give --results a folder on a disk that all nodes mount at "
        "the same place, or give --storage a place that they all reach, e.g. "
        "s3://bucket/runs"
    )


def _seen(answer: Any) -> bool:
    try:
        return bool(ray.get(answer))
    except ray.exceptions.RayError:
        return True  # the node left before it could answer; a worker on it would check again
