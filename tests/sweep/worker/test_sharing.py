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
# What cannot be taken back, or told from a cache that is meant to stay: kind → how it is noted.
NOTED = {
    "a patched method": "torch.nn.modules.linear.Linear.extra_repr",
    "a patched builtin": "builtins.breakpoint",
    "module globals": "poison.KEEP",
    "imported modules": "sys.modules['left_behind']",
    "exit hooks": "exit hooks",
    "open files": "open files",
    "threads": "threads",
    "child processes": "child processes",
}


def test_every_kind_of_poison_in_a_shared_process_is_put_back_or_noted(tmp_path):
    harmless = (
        "for kind in ('signal handlers', 'resource limits'):\n    KINDS.pop(kind)\n"
    )
    source = (
        Path(poison.__file__)
        .read_text()
        .replace("\ndef state()", harmless + "\n\ndef state()")
    )
    (tmp_path / "poison.py").write_text(source)
    (tmp_path / "poison.yaml").write_text(STUDY)
    subprocess.run([sys.executable, "-c", SHARED], cwd=tmp_path, check=True)
    history = sweep.study.load("poison", results=tmp_path / "results").history
    assert {trial.state.value for trial in history.trials.values()} == {"complete"}
    found = sorted((tmp_path / "results/poison/trials").iterdir())
    before, _, after = [
        orjson.loads((folder / "state.json").read_bytes()) for folder in found
    ]
    notices = [notice for notice in history.notices if notice.trial == 1]
    noted = " ".join(notice.message for notice in notices)
    assert all(notice.caveat for notice in notices), "the tables carry it"
    assert {kind for kind in before if before[kind] != after[kind]} == NOTED.keys()
    assert [words for words in NOTED.values() if words not in noted] == []
    assert "torch's default dtype" in noted
    assert "old value was restored" in noted
    quiet = [notice for notice in history.notices if notice.trial in (0, 2)]
    assert not quiet, "of trials that changed nothing there is nothing to say"
    for process in psutil.process_iter(["cmdline"]):
        if process.info["cmdline"] == ["sleep", poison.SLEEP]:
            process.kill()
