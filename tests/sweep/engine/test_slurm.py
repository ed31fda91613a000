"""The script for many nodes, unchanged, against stand-ins for SLURM: two nodes of this machine,
each with its own Ray.

`srun` runs its command here, in the name of a node; `scontrol` names the nodes and writes down what
is queued again. Between `srun` and Ray stands a `ray` that gives each node ports of its own, since
they share one machine.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import psutil
import pytest

import sweep
from sweep.log.reader import replay
from sweep.model.trial import State
from sweep.study import load
from tests.sweep.engine.weights import WEIGHTS
from tests.waiting import wait_until

pytestmark = [pytest.mark.ray, pytest.mark.timeout(600)]

SCRIPT = Path(sweep.__file__).parent / "engine/examples/slurm_many_nodes.sh"
TRAINER = (
    """
import os, time
from pathlib import Path
"""
    + WEIGHTS
    + """
def train(config, run):
    weights = Weights()
    for epoch in range(run.restore(weights=weights), 8):
        with Path(config["said"]).open("a") as file:
            file.write(f"{os.environ['ON_NODE']}\\n")
        time.sleep(0.3)
        weights.value += 1
        if run.report(epoch, {"val/score": weights.value}):
            break
"""
)
STUDY = """
name: queued
trainer: own.py:train
metric: {{name: val/score, goal: maximize}}
parameters: {{strength: {{values: [1, 2]}}, said: {said}}}
ablation: {{baseline: {{strength: 1}}, seeds: [0, 1, 2], designs: {{arms: {{strong: {{strength: 2}}}}}}}}
resources: {{gpu: 0, retry_backoff_seconds: 0.1}}
"""
SCONTROL = """
if [ "$1 $2" = "show hostnames" ]; then printf 'first\\nsecond\\n'; else echo "$@" >> {home}/requeued.txt; fi
"""
SRUN = """
echo "$@" >> {home}/srun.txt
[ "$SRUN_CPUS_PER_TASK" = 1 ] || {{ echo "a step of the default of one CPU" >&2; exit 1; }}
on=
while [[ "$1" == --* ]]; do
    case "$1" in
        --nodelist=*) on=${{1#*=}} ;;
        --exclude=first) on=second ;;
        --nodes=1 | --ntasks=1 | --ntasks-per-node=1 | --overlap) ;;
        *) echo "srun: unrecognized option '$1'" >&2; exit 1 ;;
    esac
    shift
done
[ -n "$on" ] || {{ echo "srun: on which node?" >&2; exit 1; }}
ON_NODE=$on exec "$@"
"""
RAY = """
case "${{ON_NODE:-}} $*" in
    "first start --head"*) more="--temp-dir={temporary} --min-worker-port=24000 --max-worker-port=24499" ;;
    "second start"*) more="--min-worker-port=24500 --max-worker-port=24999" ;;
esac
exec {python} -m ray.scripts.scripts "$@" ${{more:-}}
"""


@pytest.fixture
def temporary():
    """Ray's: sockets in it may have paths of a hundred characters at most."""
    folder = Path(tempfile.mkdtemp(prefix="slurm"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def slurm(tmp_path, temporary):
    """`slurm()` submits the job, and hands over the batch script's process."""
    programs = tmp_path / "bin"
    programs.mkdir()
    known = {"home": tmp_path, "temporary": temporary, "python": sys.executable}
    sweep_ = 'exec {python} -m sweep "$@"'
    for name, body in {
        "scontrol": SCONTROL,
        "srun": SRUN,
        "ray": RAY,
        "sweep": sweep_,
    }.items():
        (programs / name).write_text(f"#!/bin/bash\n{body.format(**known)}\n")
        (programs / name).chmod(0o755)
    (tmp_path / "own.py").write_text(TRAINER)
    (tmp_path / "study.yaml").write_text(STUDY.format(said=tmp_path / "said.txt"))
    environment = {
        name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"
    } | {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        "OMP_NUM_THREADS": "1",
        "SLURM_JOB_ID": str(_free_port() - 20_000),
        "SLURM_JOB_NODELIST": "[first,second]",
        "SLURM_CPUS_PER_TASK": "1",
    }
    jobs = []

    def submit():
        with (tmp_path / "slurm.out").open("a") as output:
            more = {"stdout": output, "stderr": output, "start_new_session": True}
            jobs.append(
                subprocess.Popen(
                    ["bash", SCRIPT, "study.yaml"],
                    cwd=tmp_path,
                    env=environment,
                    **more,
                )
            )
        return jobs[-1]

    yield submit
    for process in [*jobs, *of_ray(temporary)]:  # what SLURM ends with the job
        process.kill()


def _free_port():
    """One that the script can arrive at: 20000 to 39999, by the job's number."""
    for port in range(31_000, 39_999):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)):
                return port
    raise AssertionError("no free port")


def of_ray(temporary):
    """Processes of the job's Ray."""
    found = []
    for process in psutil.process_iter():
        try:
            command = " ".join(process.cmdline())
        except psutil.Error:
            continue
        if str(temporary) in command and process.pid != os.getpid():
            found.append(process)
    return found


def output(home):
    return (home / "slurm.out").read_text()


def epochs(home):
    path = home / "results/queued/events.jsonl"
    told = replay(path).events if path.exists() else []
    return [
        (event["trial"], event["epoch"]) for event in told if event["event"] == "epoch"
    ]


def test_a_job_on_two_nodes_is_preempted_queued_again_and_ends_with_every_trial_once(
    slurm, tmp_path, temporary
):
    said = tmp_path / "said.txt"
    job = slurm()
    wait_until(
        lambda: said.exists() and set(said.read_text().split()) == {"first", "second"},
        240,
        lambda: output(tmp_path),
    )
    wait_until(lambda: len(epochs(tmp_path)) >= 3, 240, lambda: output(tmp_path))
    job.send_signal(signal.SIGTERM)  # to the script alone, as --signal=B:TERM has it
    assert job.wait(100) == 143, output(tmp_path)
    number = (tmp_path / "requeued.txt").read_text()
    assert number.startswith("requeue ")
    wait_until(
        lambda: not of_ray(temporary), 60, lambda: output(tmp_path)
    )  # the job's Ray ends with it
    before = len(epochs(tmp_path))
    assert before < 6 * 8

    assert slurm().wait(400) == 0, output(tmp_path)
    history = load("queued", results=tmp_path / "results").history
    assert Counter((t.label, t.state) for t in history.trials.values()) == {
        ("baseline", State.COMPLETE): 3,
        ("strong", State.COMPLETE): 3,
    }
    assert set(Counter(epochs(tmp_path)).values()) == {1}
    assert len(epochs(tmp_path)) == 6 * 8
    assert all(
        t.reports[-1].metrics == {"val/score": 8.0} for t in history.trials.values()
    ), "from its checkpoints"
    assert (tmp_path / "requeued.txt").read_text() == number, (
        "a study that is done is not queued again"
    )
    wait_until(lambda: not of_ray(temporary), 60, lambda: output(tmp_path))
