"""Explains in one line why a worker was lost: Ray's own text, or the node that left the cluster."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_LONGEST = 200  # characters
_NODE = re.compile(r"its node has died\. Node Id: (\w+)")
_WHY = re.compile(r"the actor's node was (.+)")


def last_words(
    error_text: str,
    address: str | None,
    nodes: Callable[[], Sequence[Mapping[str, Any]]],
) -> str:
    """Why a worker died, as far as Ray knows.

    Args:
        error_text: what Ray wrote about the failure; may be empty.
        address: IP address of the trial's node; None if the trial had no node yet.
        nodes: `ray.nodes`, which also lists the nodes that have left. It is only called if the
            text does not tell enough, since Ray may not answer any more.
    """
    return _reason(error_text, address, nodes)[:_LONGEST]


def _reason(
    error_text: str,
    address: str | None,
    nodes: Callable[[], Sequence[Mapping[str, Any]]],
) -> str:
    """Why a worker died, in one line.

    Args:
        error_text: Ray's message.
        address: of the worker's node.
        nodes: asks Ray for the nodes; it is called only if the message has no reason.
    """
    dead_node = _NODE.search(error_text)
    if dead_node is not None:
        reason = _WHY.search(error_text)
        node = _node_of(dead_node[1], nodes())
        return left(node, "" if reason is None else reason[1])
    lines = [line.strip() for line in error_text.splitlines() if line.strip()]
    for line in lines:
        if "has died" in line:
            return line
    if lines:
        return lines[-1]
    at_address = [node for node in nodes() if node["NodeManagerAddress"] == address]
    if at_address and not any(node["Alive"] for node in at_address):
        return left(at_address[-1])
    return "the worker died; Ray gave no reason"


def _node_of(identity: str, nodes: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The node of Ray's id; its id alone if Ray does not list it."""
    for node in nodes:
        if node["NodeID"] == identity:
            return node
    return {"NodeID": identity}


def left(node: Mapping[str, Any], reason: str = "") -> str:
    """A sentence on a node that left the cluster: name, address, and the reason if known."""
    address = node.get("NodeManagerAddress", "")
    name = node.get("NodeManagerHostname", "") or address or node["NodeID"][:12]
    address_note = f" ({address})" if address and address != name else ""
    sentence = f"its node {name}{address_note} left the cluster"
    reason = reason or node.get("DeathReasonMessage", "")
    return f"{sentence}: {reason}" if reason else sentence
