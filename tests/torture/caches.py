"""A log's cache, flipped bit by bit, cut, swapped and forged: what is read never changes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from sweep.history import opening
from sweep.history.history import History
from sweep.log import log_cache
from sweep.log.event_log import FILE_NAME
from sweep.report.verification.log_reading import read_log
from tests.torture import driver


def caches(
    results: Path, flips: int, seed: int = 0
) -> Iterator[tuple[str, str, list[str]]]:
    """What was done to a cache, how it went in words, and what was wrong."""
    folder = results / driver.NAME
    log = folder / FILE_NAME
    wanted = read_log(log).history
    _make(folder)
    path = log_cache.path_of(log)
    if path is None or log_cache.load(log) is None:
        yield "a log's cache", "not run: there is no cache", ["no cache was made"]
        return
    sound = path.read_bytes()
    dice = random.Random(seed)
    for what, forged in (
        ("a bit of a cache flipped", list(_flipped(sound, flips, dice))),
        (
            "a cache cut short",
            [sound[: dice.randrange(len(sound))] for _ in range(flips // 10)],
        ),
        ("a cache of another key", [_of_another_key(sound)]),
        (
            "a cache of anything",
            [dice.randbytes(dice.randrange(5000)) for _ in range(flips // 10)],
        ),
    ):
        wrong = [
            number
            for number, data in enumerate(forged)
            if not _reads(path, data, log, wanted)
        ]
        problems = [f"{what}: read otherwise, number {number}" for number in wrong]
        yield (
            f"{what}, {len(forged)} times",
            "read as without it" if not wrong else "; ".join(problems),
            problems,
        )
    path.unlink(missing_ok=True)


def _make(folder: Path) -> None:
    """Have a cache, however short the log."""
    usual = opening.WORTH_KEEPING
    opening.WORTH_KEEPING = 0
    try:
        opening.read(folder)
    finally:
        opening.WORTH_KEEPING = usual


def _flipped(sound: bytes, times: int, dice: random.Random) -> Iterator[bytes]:
    for _ in range(times):
        at = dice.randrange(8 * len(sound))
        data = bytearray(sound)
        data[at // 8] ^= 1 << at % 8
        yield bytes(data)


def _of_another_key(sound: bytes) -> bytes:
    body = sound.partition(b"\n")[2]
    return log_cache._sign(b"x" * 32, body) + b"\n" + body


def _reads(path: Path, data: bytes, log: Path, wanted: History) -> bool:
    path.write_bytes(data)
    return log_cache.load(log) is None and _same(opening.read(log.parent), wanted)


def _same(found: History, wanted: History) -> bool:
    return found.trials == wanted.trials and found.notices == wanted.notices
