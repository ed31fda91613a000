"""Train the configurations to whose learning curves `benchmarks.surrogate` is fitted.

    python -m benchmarks.tabulate clip network [--configurations 256]

They are the points of a scrambled Sobol' sequence over each space of `benchmarks.spaces`. Each is
trained to the end with its own seed, in processes of one thread and of low priority. Configurations
that a table has already are not trained again; remove the table if the space has changed. A
configuration of clip takes about 2 CPU seconds, one of the network 0.7.
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
    """Return the first points of the sequence over a space, as complete configurations."""
    study, observations = read(SPACES[name]), list[Observation]()
    scramble = 0 if study.search is None else study.search.seed
    configs = []
    for _ in range(count):
        drawn, memory = next_point(study.parameters, observations, "sobol", scramble)
        config, _ = complete(study.parameters, drawn, None, "search")
        # The sequence continues after the last observation; the others are not needed.
        observations = [Observation(config, State.COMPLETE, memory=memory)]
        configs.append(config)
    return configs


def row(name: str, number: int, config: Config) -> dict[str, Any]:
    """Train one configuration; return its parameters, CPU seconds and accuracies."""
    import torch

    torch.set_num_threads(1)
    start_time = time.process_time()
    curve = SPACES[name].train(config, number)
    seconds = time.process_time() - start_time
    accuracies = {
        f"epoch {epoch}": f"{value:.4f}" for epoch, value in enumerate(curve, start=1)
    }
    return {"number": number, **config, "seconds": f"{seconds:.3f}", **accuracies}


def load(name: str) -> list[dict[str, str]]:
    """Return the rows of a table as text; empty if there is no table."""
    path = TABLES / f"{name}.csv.gz"
    if not path.exists():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def save(name: str, rows: list[dict[str, Any]]) -> None:
    """Write a table; the same rows give the same bytes."""
    epochs = [f"epoch {number}" for number in range(1, EPOCHS + 1)]
    columns = ["number", *read(SPACES[name]).parameters, "seconds", *epochs]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(rows, key=lambda each: int(each["number"])))
    TABLES.mkdir(exist_ok=True)
    (TABLES / f"{name}.csv.gz").write_bytes(
        gzip.compress(text.getvalue().encode(), mtime=0)
    )


def main() -> None:
    """Train the configurations that the tables do not have."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("spaces", nargs="+", choices=SPACES)
    parser.add_argument("--configurations", type=int, default=256)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument(
        "--nice", type=int, default=15, help="niceness of the processes, 0 to 19"
    )
    args = parser.parse_args()
    os.nice(args.nice)
    with multiprocessing.get_context("spawn").Pool(args.processes) as pool:
        for name in args.spaces:
            rows: list[dict[str, Any]] = list(load(name))
            present = {int(each["number"]) for each in rows}
            configs = configurations(name, args.configurations)
            results = [
                pool.apply_async(row, (name, number, config))
                for number, config in enumerate(configs)
                if number not in present
            ]
            for count, result in enumerate(results, start=1):
                rows.append(result.get())
                if count % 10 == 0 or count == len(results):
                    save(name, rows)
                    print(f"{name}: {len(rows)} of {args.configurations}", flush=True)


if __name__ == "__main__":
    main()
