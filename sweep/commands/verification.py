"""`sweep verify`: is what the study says still what happened?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import orjson

from sweep import report
from sweep.errors import LogDamaged
from sweep.history.history import History
from sweep.imported.fingerprints import changed
from sweep.log.event_log import FILE_NAME
from sweep.log.reader import scan
from sweep.model.trial import trial_folder
from sweep.report import cross_validation
from sweep.study import REPORT, Study
from sweep.worker.checkpoint import Checkpoints, sha256_of

_CHECKABLE = (".csv", ".parquet", ".json")


def verify(study: Study, say: Callable[[str], None]) -> list[str]:
    """Check the log's chain, every checkpoint the log knows that is still there, and every cell of
    written tables.

    Returns:
        The problems, each said as well; empty when all is as it was.
    """
    problems: list[str] = []

    def tell(found: Iterator[str] | list[str], sound: str) -> None:
        fresh = list(found)
        problems.extend(fresh)
        for line in fresh or [sound]:
            say(line)

    path = study.folder / FILE_NAME
    try:
        read = scan(path)
    except LogDamaged as damage:
        tell([str(damage)], "")
        return problems
    tail = (
        f"; {read.tail} bytes of an incomplete record follow, which nothing has acted on"
        if read.tail
        else ""
    )
    say(f"log: {read.count} records, every checksum and number right{tail}")
    kept = sum(len(epochs) for epochs in study.history.checkpoints.values())
    tell(
        _checkpoints(study),
        f"checkpoints: all that are kept match the hashes in the log ({kept} were recorded)",
    )
    imported = {name: sha for each in study.history.imports for name, sha in each.files.items()}
    if imported:
        tell(
            changed(imported), f"imported files: {len(imported)}, as they were when they were read"
        )
    files = sorted(f for f in (study.folder / REPORT).glob("*") if f.suffix in _CHECKABLE)
    differences = (line for file in files for line in _table(study.history, file))
    tell(differences, f"tables: every cell of {len(files)} written files follows from the log")
    return problems


def _table(history: History, path: Path) -> Iterator[str]:
    if path.name == cross_validation.FILE:
        # Through JSON and back, since a file knows no tuples.
        expected = orjson.loads(orjson.dumps(cross_validation.summary(report.gather(history))))
        if orjson.loads(path.read_bytes()) != expected:
            yield f"{path.name}: the log gives another summary; write it again with `sweep report`"
    else:
        yield from report.verify_table(history, path)


def _checkpoints(study: Study) -> Iterator[str]:
    history: History = study.history
    for number, hashes in history.checkpoints.items():
        kept = Checkpoints(study.folder / "trials" / trial_folder(history.trials[number]))
        for epoch, expected in hashes.items():
            path = kept.path(epoch)
            if path.exists() and (found := sha256_of(path)) != expected:
                yield f"{path}: SHA-256 {found[:12]}…, the log has {expected[:12]}…"
