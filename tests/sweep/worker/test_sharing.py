"""What a trial changed in a process that trials share is put back, or at least noted."""

import subprocess
import sys
from pathlib import Path

import orjson
import psutil

import sweep.study
from benchmarks import poison

STUDY = """
name: poison
trainer: poison.py:train
metric: {name: m, goal: maximize}
parameters: {poison: {values: [before, all, after]}}
search: {method: grid, trials: 3}
resources: {isolation: shared}
"""


SHARED = """
from pathlib import Path
import sweep.study
sweep.study.run(Path("poison.yaml"), results=Path("results").absolute(), engine="serial")
"""


# What nobody can tell from a cache that is meant to stay, or take back.
STAYS = {
    "a patched method",
    "a patched builtin",
    "module globals",
    "imported modules",
    "priority",
    "exit hooks",
    "open files",
    "threads",
    "child processes",
}


BY_SEED = {"torch random state", "numpy random state", "python random state"}


OTHERWISE = {"torch threads", "decimal precision", "start method", "signal handlers"}


def test_a_shared_process_is_put_back_as_far_as_it_can_and_the_rest_is_noted(tmp_path):
    harmless = "for kind in ('signal handlers', 'resource limits'):\n    KINDS.pop(kind)\n"
    source = (
        Path(poison.__file__).read_text().replace("\ndef state()", harmless + "\n\ndef state()")
    )
    (tmp_path / "poison.py").write_text(source)
    (tmp_path / "poison.yaml").write_text(STUDY)
    subprocess.run([sys.executable, "-c", SHARED], cwd=tmp_path, check=True)
    history = sweep.study.load("poison", results=tmp_path / "results").history
    assert {trial.state.value for trial in history.trials.values()} == {"complete"}
    found = sorted((tmp_path / "results/poison/trials").iterdir())
    before, _, after = [orjson.loads((folder / "state.json").read_bytes()) for folder in found]
    assert {kind for kind in before if before[kind] != after[kind]} <= STAYS | BY_SEED | OTHERWISE
    noted = [notice.message for notice in history.notices if notice.trial == 1]
    assert any("torch's default dtype" in text and "put back" in text for text in noted)
    assert any("threads" in text and "child processes" in text for text in noted)
    for process in psutil.process_iter(["cmdline"]):
        if process.info["cmdline"] == ["sleep", poison.SLEEP]:
            process.kill()
