"""The options of a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SessionOptions:
    """How one session runs.

    Attributes:
        extend: accept more trials, seeds or arms from the edited study file.
        accept: continue although code, data or libraries changed since the last session.
        notes: notes on the study file, recorded in the log.
        address: of a Ray cluster, `auto` or `host:port`; None: sweep starts a local Ray cluster.
        storage: URI for trials' files that all nodes reach; None: that of the last session.
        study_file: the path that the user gave; None: `study_place` finds the file.
        trusted: None: trust is not checked. False: the code must be trusted already; see
            `sweep.session.trust`. True: it is trusted from now on.
        probe: whether a study whose trials pause may train some epochs beforehand, to learn whether
            a resumed curve equals an uninterrupted one.
        retry: failed trials to train again; `()`: all; None: none.
    """

    extend: bool = False
    accept: bool = False
    notes: Sequence[str] = ()
    address: str | None = None
    storage: str | None = None
    study_file: Path | None = None
    trusted: bool | None = None
    probe: bool = True
    retry: Sequence[int] | None = None
