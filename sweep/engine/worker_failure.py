"""Why a worker was lost, in one line: what Ray wrote, and which node left the cluster if one did."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_LONGEST = 200  # characters
_NODE = re.compile(r"its node has died\. Node Id: (\w+)")
_WHY = re.compile(r"the actor's node was (.+)")


def last_words(said: str, address: str | None, nodes: Sequence[Mapping[str, Any]]) -> str:
    """Why a worker died, as far as Ray knows.

    Args:
        said: what Ray wrote of the failure; empty if it wrote nothing.
        address: IP address of the node that the trial was on; None if it was on none yet.
        nodes: as `ray.nodes()` tells them, with those that have left.
    """
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if named := _NODE.search(said):
        node: Mapping[str, Any] = next(
            (node for node in nodes if node["NodeID"] == named[1]), {"NodeID": named[1]}
        )
        why = _WHY.search(said)
        return left(node, why[1] if why else "")[:_LONGEST]
    if lines:
        return next((line for line in lines if "has died" in line), lines[-1])[:_LONGEST]
    there = [
        node for node in nodes if address is not None and node["NodeManagerAddress"] == address
    ]
    if there and not any(node["Alive"] for node in there):
        return left(there[-1])[:_LONGEST]
    return "it died without a word"


def left(node: Mapping[str, Any], why: str = "") -> str:
    """That a node left the cluster: its name, address, and why if Ray knows."""
    name, address = node.get("NodeManagerHostname", ""), node.get("NodeManagerAddress", "")
    called = name or address or node["NodeID"][:12]
    at = f" ({address})" if address and address != called else ""
    why = why or node.get("DeathReasonMessage", "")
    return f"its node {called}{at} left the cluster" + (f": {why}" if why else "")
