"""Train the configurations whose learning curves `benchmarks.surrogate` is made of.

    python -m benchmarks.tabulate clip network [--configurations 256]

The points of a scrambled Sobol' sequence over each space of `benchmarks.spaces`, trained to the end
with a seed each, one thread a process, at low priority. A table that has some of them already is
gone on with; remove it first where the space has changed. About 2 CPU-seconds a configuration of
clip, 0.7 one of the network.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import multiprocessing
import os
import time
from pathlib import Path
from typing import Any

from benchmarks.spaces import EPOCHS, SPACES, Config, read
from sweep.model.trial import State
from sweep.samplers import Observation
from sweep.samplers.quasi_random import next_point
from sweep.spec.completion import complete

TABLES = Path(__file__).parent / "curves"


def configurations(name: str, count: int) -> list[dict[str, Any]]:
    """The first points of the sequence over a space, complete, `epochs` included."""
    wanted, past = read(SPACES[name]), list[Observation]()
    scramble = 0 if wanted.search is None else wanted.search.seed
    found = []
    for _ in range(count):
        drawn, memory = next_point(wanted.parameters, past, "sobol", scramble)
        config, _ = complete(wanted.parameters, drawn, None, "search")
        past = [
            Observation(config, State.COMPLETE, memory=memory)
        ]  # it looks at the last place alone
        found.append(config)
    return found


def row(name: str, number: int, config: Config) -> dict[str, Any]:
    """Train one configuration; its parameters, CPU-seconds, and accuracy after each epoch."""
    import torch

    torch.set_num_threads(1)
    began = time.process_time()
    curve = SPACES[name].train(config, number)
    spent = time.process_time() - began
    said = {
        f"epoch {epoch}": f"{value:.4f}" for epoch, value in enumerate(curve, start=1)
    }
    return {"number": number, **config, "seconds": f"{spent:.3f}", **said}


def load(name: str) -> list[dict[str, str]]:
    """The rows of a table as text; none where there is no table."""
    path = TABLES / f"{name}.csv.gz"
    if not path.exists():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def save(name: str, rows: list[dict[str, Any]]) -> None:
    """Write a table whole; the same rows give the same bytes."""
    columns = [
        "number",
        *read(SPACES[name]).parameters,
        "seconds",
        *(f"epoch {n}" for n in range(1, EPOCHS + 1)),
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(rows, key=lambda found: int(found["number"])))
    TABLES.mkdir(exist_ok=True)
    (TABLES / f"{name}.csv.gz").write_bytes(
        gzip.compress(text.getvalue().encode(), mtime=0)
    )


def main() -> None:
    """Train what is missing."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("spaces", nargs="+", choices=SPACES)
    parser.add_argument("--configurations", type=int, default=256)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument(
        "--nice", type=int, default=15, help="how far others go first, 0 to 19"
    )
    args = parser.parse_args()
    os.nice(args.nice)
    with multiprocessing.get_context("spawn").Pool(args.processes) as pool:
        for name in args.spaces:
            rows: list[dict[str, Any]] = list(load(name))
            known = {int(found["number"]) for found in rows}
            wanted = enumerate(configurations(name, args.configurations))
            left = [
                (name, number, config)
                for number, config in wanted
                if number not in known
            ]
            waiting = [pool.apply_async(row, one) for one in left]
            for done, one in enumerate(waiting, start=1):
                rows.append(one.get())
                if done % 10 == 0 or done == len(waiting):
                    save(name, rows)
                    print(f"{name}: {len(rows)} of {args.configurations}", flush=True)


if __name__ == "__main__":
    main()
