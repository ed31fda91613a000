"""How long one record takes to be safe: written and synced, one at a time, as a study writes them.

    python -m benchmarks.log [FOLDER] [--records 500]

FOLDER is where the log is written, since it is its disk that is measured.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from sweep.log.event_log import FILE_NAME, EventLog

EPOCH = {
    "event": "epoch",
    "trial": 12,
    "epoch": 3,
    "metrics": {
        "val/f1": 0.8682752701311842,
        "val/loss": 0.13172472986881578,
        "train/loss": 0.031724729868815804,
    },
    "seconds": 1.581445,
    "checkpoint": "2368c9cb614fa505280d01ae962819986901fb2025944333f887ef032aa740b5",
}


@dataclass(frozen=True)
class Appending:
    """Milliseconds of wall clock for one `EventLog.append`, and of CPU on average."""

    p50: float
    p99: float
    cpu: float


def measure(folder: Path | None = None, records: int = 500) -> Appending:
    """Append records of one epoch each.

    Args:
        folder: on the disk to measure; default the temporary folder.
        records: how many.
    """
    with (
        tempfile.TemporaryDirectory(dir=folder) as name,
        EventLog(Path(name) / FILE_NAME) as log,
    ):
        log.append(EPOCH)
        cpu, spent = time.process_time(), []
        for _ in range(records):
            began = time.perf_counter()
            log.append(EPOCH)
            spent.append(1e3 * (time.perf_counter() - began))
        cpu = 1e3 * (time.process_time() - cpu) / records
    return Appending(
        statistics.median(spent), statistics.quantiles(spent, n=100)[98], cpu
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--records", type=int, default=500)
    args = parser.parse_args()
    found = measure(args.folder, args.records)
    print(
        f"append and sync of one record: p50 {found.p50:.2f} ms, p99 {found.p99:.2f}"
        f" ms, CPU {found.cpu:.2f} ms"
    )


if __name__ == "__main__":
    main()
