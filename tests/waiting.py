"""Waiting for what other processes do: for a condition, or for a text in a study's log."""

import time
from collections.abc import Callable
from pathlib import Path


def wait_until(
    condition: Callable[[], object],
    seconds: float = 90.0,
    said: Callable[[], str] = str,
) -> None:
    """Until a condition holds; `said` is what the failure shows of the processes waited for."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"not within {seconds:g} s: {said()}"
        time.sleep(0.02)


def wait_for(text: bytes, log: Path, seconds: float) -> None:
    """Until a study's log holds `text`."""
    wait_until(
        lambda: log.exists() and text in log.read_bytes(),
        seconds,
        lambda: f"no {text!r} in {log}",
    )
