"""A fault of a study file: which key, what is wrong, what is allowed."""

from __future__ import annotations

from typing import NamedTuple

Key = tuple[str | int, ...]  # from the root of the study file: ("search", "trials")


class Fault(NamedTuple):
    """A fault that a settings class finds by comparing with the rest of the study file.

    Attributes:
        key: the faulty key, from the root of the file.
        problem: the value, and what is wrong with it.
        allowed: what to write instead; empty if the problem says it.
    """

    key: Key
    problem: str
    allowed: str = ""
