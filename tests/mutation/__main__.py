"""Put faults into the code, one at a time, and name those that no test notices.

    python -m tests.mutation --each 3 --seed 0          # three faults a module, drawn by chance
    python -m tests.mutation --only statistics/best     # every fault of one module

Each fault runs in a forked process, in which the module is compiled with the fault; nothing on
disk changes. A fault is noticed if a test fails, or if the tests take too long. The tests of a
module are those of its mirror; of a module without one, those of its folder.
"""

from __future__ import annotations

import argparse
import importlib.abc
import importlib.util
import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path

from tests.mutation.faults import Fault, faults

FOLDERS = ("history", "ablation", "stopping", "statistics")
LONGEST = 60  # seconds that the tests of a faulty module may take
SLOWER = 5  # or as many times what they take without a fault, on a busy machine
ROOT = Path(__file__).parents[2]


def main() -> None:
    """Print a line for each fault that survives, and the counts of every module."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--each", type=int, help="faults a module, drawn by chance; default all"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--sound", action="store_true", help="the tests are known to pass"
    )
    parser.add_argument("--only", help="modules whose path holds this text")
    options = parser.parse_args()
    _load_first()
    caught = survived = 0
    for path in _modules(options.only):
        source = path.read_text(encoding="utf-8")
        began, longest = time.monotonic(), LONGEST
        if not options.sound:
            if _noticed(path, Fault(0, "", "", source), 10 * LONGEST):
                raise SystemExit(f"{_tests(path)} fails without any fault")
            longest = max(LONGEST, SLOWER * round(time.monotonic() - began))
        known = faults(source)
        draw = random.Random(f"{options.seed} {path}")
        chosen = (
            known
            if options.each is None
            else draw.sample(known, min(options.each, len(known)))
        )
        missed = 0
        for fault in sorted(chosen, key=lambda each: each.line):
            if not _noticed(path, fault, longest):
                missed += 1
                where = f"{path.relative_to(ROOT)}:{fault.line}"
                print(f"{where}: `{fault.was}` → `{fault.now}`", flush=True)  # noqa: T201
        caught, survived = caught + len(chosen) - missed, survived + missed
        done = (
            f"{path.relative_to(ROOT)}: {len(chosen) - missed} of {len(chosen)} noticed"
        )
        print(done, flush=True)  # noqa: T201
    print(f"{caught} of {caught + survived} faults noticed")  # noqa: T201


def _modules(only: str | None) -> list[Path]:
    found = [
        path
        for folder in FOLDERS
        for path in sorted((ROOT / "sweep" / folder).glob("*.py"))
    ]
    named = [path for path in found if path.name != "__init__.py"]
    return [path for path in named if only is None or only in str(path)]


def _tests(path: Path) -> str:
    folder = ROOT / "tests" / path.parent.relative_to(ROOT)
    mirror = folder / f"test_{path.stem}.py"
    return str(mirror if mirror.exists() else folder)


def _load_first() -> None:
    """Load once what every fork needs and no fault is in."""
    for name in ("numpy", "scipy.stats", "pandas", "statsmodels.api"):
        importlib.import_module(name)


def _noticed(path: Path, fault: Fault, longest: int) -> bool:
    """Whether the module's tests fail with the fault, or take more than `longest` seconds."""
    process = os.fork()
    if process == 0:
        os._exit(_run(path, fault))
    began = time.monotonic()
    while time.monotonic() - began < longest:
        done, status = os.waitpid(process, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) != 0
        time.sleep(0.02)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return True


def _run(path: Path, fault: Fault) -> int:
    """Run the module's tests with the fault, in this process; the exit code of pytest."""
    import pytest

    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    sys.meta_path.insert(0, _Faulty(path, fault.source))
    return int(
        pytest.main(
            ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", _tests(path)]
        )
    )


class _Faulty(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds one module in a source of its own."""

    def __init__(self, path: Path, source: str):
        self._path, self._source = path, source
        self._name = ".".join(path.relative_to(ROOT).with_suffix("").parts)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: object = None
    ) -> ModuleSpec | None:
        if fullname != self._name:
            return None
        return importlib.util.spec_from_file_location(fullname, self._path, loader=self)

    def exec_module(self, module: object) -> None:
        code = compile(self._source, str(self._path), "exec")
        exec(code, vars(module))


if __name__ == "__main__":
    main()
