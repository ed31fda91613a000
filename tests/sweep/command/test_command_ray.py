"""Programs as trials under a real Ray: the shipped script, and one that is pruned and
does not end of its own."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from sweep.model.trial import State
from sweep.study import load

pytestmark = [pytest.mark.ray, pytest.mark.timeout(240)]

SHIPPED = Path(__file__).parents[3] / "search_spaces" / "script.yaml"

# Reports its strength as the metric of two epochs; a weak one then waits, with a child that waits
# as well, and both are deaf to SIGTERM.
PROGRAM = """
import json, os, signal, subprocess, sys, time
folder, strength = os.environ["SWEEP_FOLDER"], float(sys.argv[1].partition("=")[2])
waits = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-S", "-c", waits]) if strength < 0.5 else None
open(f"{folder}/processes", "w").write(f"{os.getpid()} {child.pid if child else os.getpid()}")
for epoch in range(2):
    with open(os.environ["SWEEP_METRICS"], "a") as file:
        file.write(json.dumps({"epoch": epoch, "score": strength}) + "\\n")
    if child:
        child.wait()
"""
STUDY = f"""
command: {{run: [{sys.executable}, program.py, "${{args}}"], grace_seconds: 0.5}}
metric: {{name: score, goal: maximize}}
parameters: {{strength: {{values: [0.1, 0.9]}}}}
search: {{method: grid}}
early_terminate: {{type: threshold, lower: 0.5}}
resources: {{max_concurrent: 2}}
"""

DRIVER = (
    "import json, sys; from sweep.study import run; run(sys.argv[1],"
    " overrides=json.loads(sys.argv[2]))"
)


@pytest.fixture
def run():
    """`run(file, overrides)`: a study in a process of its own, and in a folder with a
    short path, for Ray's sockets."""
    with tempfile.TemporaryDirectory(prefix="sweep-") as folder:
        (Path(folder) / "tmp").mkdir()
        own = {
            "TMPDIR": f"{folder}/tmp",
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }

        def run(file, overrides):
            command = [sys.executable, "-c", DRIVER, str(file), json.dumps(overrides)]
            environment = {**os.environ, **own}
            return subprocess.run(
                command,
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )

        run.folder = Path(folder)
        yield run


def trials(run, name):
    return list(load(name, results=run.folder / "results").history.trials.values())


def running(process):
    try:
        return (
            Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
            != "Z"
        )
    except FileNotFoundError:
        return False


def test_a_pruned_program_ends_with_its_children_and_the_others_are_not_touched(run):
    (run.folder / "program.py").write_text(PROGRAM)
    (run.folder / "weak.yaml").write_text(STUDY)
    began = time.monotonic()
    done = run("weak.yaml", {})
    assert done.returncode == 0, done.stdout + done.stderr
    assert time.monotonic() - began < 200, "nobody waited for the program"
    found = {trial.config["strength"]: trial for trial in trials(run, "weak")}
    assert found[0.1].state is State.PRUNED
    assert [report.epoch for report in found[0.1].reports] == [0]
    assert found[0.9].state is State.COMPLETE
    assert [report.epoch for report in found[0.9].reports] == [0, 1]
    noted = [
        path.read_text().split()
        for path in run.folder.glob("results/weak/trials/*/processes")
    ]
    assert len(noted) == 2
    assert [process for pair in noted for process in pair if running(process)] == []


def test_the_shipped_script_runs_unchanged(run):
    quick = {
        "epochs": 1,
        "search": None,
        "early_terminate.type": "none",
        "learning_rate": 0.01,
        "ablation.seeds": [0],
        "ablation.designs": {"ladder": {"+ batch norm": {"batch_norm": True}}},
    }
    done = run(SHIPPED, quick)
    assert done.returncode == 0, done.stdout + done.stderr
    found = trials(run, "script")
    assert [trial.state for trial in found] == [State.COMPLETE] * 2
    assert all(trial.reports[-1].metrics["val/accuracy"] > 0.3 for trial in found)
