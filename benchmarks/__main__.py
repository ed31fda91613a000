"""`python -m benchmarks [PART ...] [--quick] [--write]`: measure, print, and write results."""

from __future__ import annotations

import argparse
import os
import sys
import time

from rich.console import Console

from benchmarks import machine, writing
from benchmarks.parts import PARTS, part

# Environment variable of the part `external` → the option that sets it.
_ENVIRONMENT = {
    "BENCHMARK_TASKS": "tasks",
    "BENCHMARK_RUNS": "keep",
    "BENCHMARK_MINUTES": "minutes",
}


def main() -> int:
    """Run the named parts, or all; return 1 if one of them could not be measured."""
    options = _parser().parse_args()
    unknown = sorted(set(options.parts) - set(PARTS))
    if unknown:
        print(
            f"no such part: {', '.join(unknown)}; one of: {', '.join(PARTS)}",
            file=sys.stderr,
        )
        return 2
    for name, value in _ENVIRONMENT.items():
        if getattr(options, value) is not None:
            os.environ[name] = str(getattr(options, value))
    console, failed = Console(), []
    described = machine.describe()
    console.print(described)
    for name in options.parts or PARTS:
        console.rule(f"{name}: {PARTS[name]}")
        try:
            tables = part(name)(options.quick)
        except RuntimeError as error:
            # A contender failed, or the machine does not have what the part needs.
            console.print(f"not measured: {error}", style="red", markup=False)
            failed.append(name)
            continue
        writing.show(tables, console)
        if options.write:
            when = time.strftime("%Y-%m-%d") + (", quick" if options.quick else "")
            text = writing.RESULTS.read_text(encoding="utf-8")
            section = writing.markdown(tables, described, when)
            text = writing.summarised(writing.replace(text, name, section))
            writing.RESULTS.write_text(text, encoding="utf-8")
    return int(bool(failed))


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parts = "\n".join(f"  {name:10}{what}" for name, what in PARTS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=f"Measure this project against alternatives.\n\nparts:\n{parts}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "parts",
        nargs="*",
        metavar="PART",
        help="what to measure; default: all parts",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="fewer trials and rounds, to check that it works",
    )
    parser.add_argument(
        "--write", action="store_true", help="put the tables into benchmarks/RESULTS.md"
    )
    parser.add_argument("--tasks", help="external: the folder with the tasks' data")
    parser.add_argument(
        "--keep", help="external: a file of runs, to which new ones are added"
    )
    parser.add_argument(
        "--minutes", type=float, help="external: minutes of new runs; default 25"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
