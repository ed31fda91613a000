"""Measure the time of one record until it is durable: written and synced, as a study does.

    python -m benchmarks.log [FOLDER] [--records 500]

The log is written to FOLDER, whose disk is measured.
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
        folder: a folder on the disk to measure; None: the temporary folder.
        records: number of records.
    """
    with (
        tempfile.TemporaryDirectory(dir=folder) as name,
        EventLog(Path(name) / FILE_NAME) as log,
    ):
        log.append(EPOCH)
        cpu_start, milliseconds = time.process_time(), []
        for _ in range(records):
            start_time = time.perf_counter()
            log.append(EPOCH)
            milliseconds.append(1e3 * (time.perf_counter() - start_time))
        cpu = 1e3 * (time.process_time() - cpu_start) / records
    return Appending(
        p50=statistics.median(milliseconds),
        p99=statistics.quantiles(milliseconds, n=100)[98],
        cpu=cpu,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--records", type=int, default=500)
    args = parser.parse_args()
    result = measure(args.folder, args.records)
    print(
        f"append and sync of one record: p50 {result.p50:.2f} ms, p99 {result.p99:.2f}"
        f" ms, CPU {result.cpu:.2f} ms"
    )


if __name__ == "__main__":
    main()
