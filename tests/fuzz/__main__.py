# ruff: noqa: T201  (it talks to whoever started it)
"""Hostile input in its long form: every reader given broken input for as long as is asked.

    python -m tests.fuzz --minutes 10 [--reader study_file] [--seed 0]

`readers.py` has one function for each reader, and the property that all must have: it loads, or it
raises an error of the tree with a message, within a second, writing nothing outside its folder and
executing nothing. `corpus.py` has sound inputs to start from, `mutations.py` the ways in which they
are broken, `bombs.py` inputs built to be slow.

Where atheris is installed (`pip install atheris`), it guides the bytes by the lines of code that
they reach; else hypothesis draws them. An input that breaks the property is printed and kept in the
folder named at the end; exit 1.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz import corpus, mutations
from tests.fuzz.readers import READERS, survives

BYTES = st.binary(max_size=4000)
STRATEGIES = {
    "study_file": mutations.broken_study()
    | mutations.broken_bytes(tuple(text.encode() for text in corpus.studies()))
    | BYTES,
    "assignment": st.builds(
        lambda key, value: f"{key}={value}".encode("utf-8", "surrogatepass"),
        st.sampled_from(["epochs", "search.trials", "search", "temperature", "x"]),
        st.text(),
    ),
    "event_log": mutations.forged_log()
    | mutations.broken_bytes((corpus.written(corpus.records()),)),
    "log_cache": mutations.broken_bytes((corpus.log_cache(),)) | BYTES,
    "checkpoint": mutations.broken_bytes((corpus.checkpoint(),)) | BYTES,
    "checkpoint_index": mutations.broken_bytes((b'{"0":"' + b"0" * 64 + b'"}',)),
    "metrics_file": mutations.broken_bytes(corpus.METRICS) | BYTES,
    "trial_config": mutations.forged_json(corpus.TRIAL_CONFIG)
    | mutations.broken_bytes((json.dumps(corpus.TRIAL_CONFIG).encode(),)),
    "trial_history": mutations.forged_json(corpus.TRIAL_CONFIG) | BYTES,
    "manifest": mutations.forged_json(corpus.MANIFEST)
    | mutations.broken_bytes((json.dumps(corpus.MANIFEST).encode(),)),
}


def by_hypothesis(reader: str, seconds: float, number: int) -> int:
    """Draw inputs until the time is over; how many there were."""
    until, tried = time.monotonic() + seconds, 0
    quiet = settings(
        max_examples=200,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )

    while time.monotonic() < until:

        @seed(number + tried)
        @quiet
        @given(STRATEGIES[reader])
        def one(data: bytes) -> None:
            nonlocal tried
            tried += 1
            with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
                survives(reader, data, Path(folder))

        one()
    return tried


def by_atheris(reader: str, seconds: float, number: int, findings: Path) -> int:
    """Let atheris look for inputs that reach new code, in a process of its own; its exit code."""
    code = f"""
import sys, tempfile
import atheris
from pathlib import Path
with atheris.instrument_imports(include=["sweep", "yaml"]):
    from tests.fuzz.readers import survives
def one(data):
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        survives({reader!r}, data, Path(folder), seconds=5)  # instrumented code is slower
atheris.Setup(sys.argv, one)
atheris.Fuzz()
"""
    seeds = findings / f"seeds-{reader}"
    seeds.mkdir(parents=True)
    for i, data in enumerate(sound(reader)):
        (seeds / str(i)).write_bytes(data)
    options = [
        f"-max_total_time={max(int(seconds), 1)}",
        f"-seed={number + 1}",
        "-max_len=20000",
        "-verbosity=0",
    ]
    command = [
        sys.executable,
        "-c",
        code,
        *options,
        f"-artifact_prefix={findings}/{reader}-",
        str(seeds),
    ]
    return subprocess.run(command, check=False).returncode


def sound(reader: str) -> list[bytes]:
    """What atheris starts from."""
    return {
        "study_file": [text.encode() for text in corpus.studies()],
        "assignment": [b"epochs=3", b"search={method: random, trials: 3}"],
        "event_log": [corpus.written(corpus.records())],
        "log_cache": [corpus.log_cache()],
        "checkpoint": [corpus.checkpoint()],
        "checkpoint_index": [b'{"0":"' + b"0" * 64 + b'"}'],
        "metrics_file": list(corpus.METRICS),
        "trial_config": [json.dumps(corpus.TRIAL_CONFIG).encode()],
        "trial_history": [b'{"epoch": 0, "seconds": 1.5, "val/f1": 0.5}'],
        "manifest": [json.dumps(corpus.MANIFEST).encode()],
    }[reader]


def main() -> int:
    """Half the time for each way of finding inputs, shared by the readers."""
    asked = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description=__doc__.splitlines()[0]
    )
    asked.add_argument("--minutes", type=float, default=1.0)
    asked.add_argument("--reader", choices=READERS, action="append")
    asked.add_argument("--seed", type=int, default=0)
    options = asked.parse_args()
    readers = options.reader or list(READERS)
    guided = find_spec("atheris") is not None
    share = 60 * options.minutes / len(readers) / (2 if guided else 1)
    findings = Path(tempfile.mkdtemp(prefix="fuzz-findings-"))
    broken = 0
    for reader in readers:
        try:
            print(
                f"{reader}: {by_hypothesis(reader, share, options.seed)} inputs drawn,"
                " none broke it",
                flush=True,
            )
        except Exception as error:  # noqa: BLE001  (what it found, with the input in hypothesis' notes)
            broken += 1
            print(
                f"{reader}: {type(error).__name__}: {error}",
                *getattr(error, "__notes__", ()),
                sep="\n",
                flush=True,
            )
        if guided and by_atheris(reader, share, options.seed, findings):
            broken += 1
    if not guided:
        print(
            "atheris is not installed: nothing was guided by coverage (pip install atheris)"
        )
    print(
        f"{broken} readers broken; inputs kept in {findings}"
        if broken
        else "no reader was broken"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
