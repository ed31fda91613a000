"""A fault of a study file: which key, what is wrong, what is allowed."""

from __future__ import annotations

from typing import NamedTuple

Key = tuple[str | int, ...]  # from the root of the study file: ("search", "trials")


class Fault(NamedTuple):
    """What a settings class objects to once it sees the rest of the study file.

    Attributes:
        key: the key at fault, from the root of the file.
        problem: the value found and why it cannot be meant.
        allowed: what to write instead; empty where the problem says it.
    """

    key: Key
    problem: str
    allowed: str = ""
