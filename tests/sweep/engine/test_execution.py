"""The real thing, small: Ray runs what the schedule says, and killing any part of it
loses nothing."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest

from sweep.engine.node import NodeLost
from sweep.log.reader import replay
from sweep.model.trial import State
from sweep.study import load
from tests.waiting import wait_until

pytestmark = [pytest.mark.ray, pytest.mark.timeout(360)]

# Pure Python, with a checkpoint of its own making; says which template's process trained which
# epoch. A file named `kill-<trial>` makes that trial kill its process, its template or its worker
# in epoch 1, once.
TRAINER = """
import os, random, signal, time
from pathlib import Path

class Weights:
    def __init__(self, seed): self.value = random.Random(seed).random()
    def state_dict(self): return {"value": self.value}
    def load_state_dict(self, state): self.value = state["value"]

def victim(kind):
    if kind == "trial":
        return os.getpid()
    if kind == "template":
        return os.getppid()
    stat = Path(f"/proc/{os.getppid()}/stat").read_text()
    return int(stat.rpartition(")")[2].split()[1])

def train(config, run):
    here, weights = Path(__file__).parent, Weights(run.seed)
    for epoch in range(run.restore(weights=weights), config["epochs"]):
        with (here / "trained.txt").open("a") as file:
            file.write(f"{os.getppid()} {run.folder.name[:5]} {epoch}\\n")
        bomb = here / f"kill-{run.folder.name[:5]}"
        if epoch == 1 and bomb.exists():
            kind = bomb.read_text()
            bomb.unlink()
            os.kill(victim(kind), signal.SIGKILL)
            time.sleep(60)
        time.sleep(config["pause"])
        weights.value = weights.value * (1 - config["learning_rate"]) + 0.01
        if run.report(epoch, {"val/f1": weights.value}):
            break
"""
STUDY = """
name: real
trainer: own.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 4
  pause: 0.05
  learning_rate: {min: 0.1, max: 0.9}
search: {method: tpe, trials: 5, n_startup_trials: 3}
early_terminate: {type: asha, min_iter: 1, eta: 2}
ablation: {baseline: {learning_rate: 0.5}, seeds: [0, 1, 2], designs: {arms: {slow: {learning_rate: 0.1}}}}
resources: {max_concurrent: 2}
"""
DRIVER = """
import sys
from sweep.errors import SweepError
from sweep.study import resume, run
try:
    run("study.yaml") if sys.argv[1] == "run" else resume("real")
except SweepError as error:
    print(error, flush=True)
    sys.exit(error.exit_code)
"""
MARK = "SWEEP_TEST_FAMILY"  # in the environment of every process that a driver starts


@pytest.fixture
def home():
    with tempfile.TemporaryDirectory(
        prefix="sweep-"
    ) as folder:  # short: Ray's sockets lie in it
        (Path(folder) / "own.py").write_text(TRAINER)
        (Path(folder) / "study.yaml").write_text(STUDY)
        yield Path(folder)


def drive(home, what, program=("-c", DRIVER)):
    (home / "tmp").mkdir(exist_ok=True)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "OMP_NUM_THREADS": "1",
        "TMPDIR": str(home / "tmp"),
        MARK: str(home),
        # else Ray's agents write their title over their environment, and the mark with
        # it
        "SPT_NOENV": "1",
    }
    with (home / "said.txt").open("a") as said:
        return subprocess.Popen(
            [sys.executable, *program, what],
            cwd=home,
            env=environment,
            stdout=said,
            stderr=said,
        )


def said(home):
    return (home / "said.txt").read_text()


def family(home):
    """Processes started by the drivers of this test, by their environment."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={home}".encode() in (process / "environ").read_bytes().split(
                b"\0"
            ):
                found[int(process.name)] = (
                    (process / "cmdline")
                    .read_bytes()
                    .replace(b"\0", b" ")
                    .decode()[:100]
                )
        except OSError:  # ended meanwhile
            continue
    return found


def events(home):
    path = home / "results/real/events.jsonl"
    return replay(path).events if path.exists() else []


def assert_all_end(home, seconds=10.0):
    """No process of ours is left, Ray's own included."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and family(home):
        time.sleep(0.2)
    assert family(home) == {}


def assert_nothing_lies_about(home):
    """No temporary folder of ours is left, nor Ray's."""
    assert list((home / "tmp").glob("sweep-ray-*")) == []
    assert list((home / "tmp/ray").glob("session_2*")) == []


def assert_whole(home):
    """Each of the 5 + 6 trials once and ended, each epoch once and in order."""
    history = load("real", results=home / "results").history
    assert len(history.trials) == 11
    states = Counter(t.state for t in history.trials.values())
    assert set(states) <= {State.COMPLETE, State.PRUNED}, states
    assert {(t.label, t.seed) for t in history.stage("ablation")} == {
        (a, s) for a in ("baseline", "slow") for s in range(3)
    }
    reported = Counter(
        (e["trial"], e["epoch"]) for e in events(home) if e["event"] == "epoch"
    )
    assert set(reported.values()) == {1}
    for trial in history.trials.values():
        assert [r.epoch for r in trial.reports] == list(range(len(trial.reports)))
        assert trial.state is State.PRUNED or len(trial.reports) == 4
    return history


def trained(home):
    """Lines of (process, trial, epoch) as the trainer wrote them."""
    return [
        tuple(map(int, line.split()))
        for line in (home / "trained.txt").read_text().splitlines()
    ]


def test_a_study_survives_the_death_of_a_trial_a_template_and_a_worker(home):
    victims = {6: "worker", 7: "trial", 8: "template"}
    for trial, kind in victims.items():
        (home / f"kill-{trial:05d}").write_text(kind)
    driver = drive(home, "run")
    assert driver.wait(150) == 0, said(home)
    history = assert_whole(home)
    assert len({template for template, _, _ in trained(home)}) <= 4, (
        "two workers, and one for the one that was killed, and a template for another one"
    )
    interrupted = {
        e["trial"]: e for e in events(home) if e["event"] == "trial_interrupted"
    }
    assert {(n, event["lost"]) for n, event in interrupted.items()} == {
        (n, True) for n in victims
    }
    assert "worker lost" in interrupted[6]["reason"]
    assert "killed by signal 9" in interrupted[7]["reason"]
    assert "template" in interrupted[8]["reason"]
    for number in victims:
        assert history.trials[number].attempts == 2
        epochs = [epoch for _, trial, epoch in trained(home) if trial == number]
        assert epochs == [0, 1, 1, 2, 3], "from its checkpoint"
    assert max(Counter((t, e) for _, t, e in trained(home)).values()) <= 2
    started = [
        e for e in events(home) if e["event"] == "trial_started" and e["attempt"] == 1
    ]
    assert [e["trial"] for e in started] == list(range(11)), (
        "what was decided first starts first"
    )
    assert_all_end(home)


def test_a_killed_driver_leaves_no_process_behind_and_a_resume_completes_the_study(
    home,
):
    driver = drive(home, "run")
    wait_until(lambda: sum(e["event"] == "epoch" for e in events(home)) >= 4)
    driver.kill()
    driver.wait()
    running = {
        t.number: t for t in load("real", results=home / "results").history.unfinished()
    }
    assert running
    assert_all_end(home)
    driver = drive(home, "resume")
    wait_until(lambda: sum(e["event"] == "session_started" for e in events(home)) == 2)
    wait_until(
        lambda: any(
            e["event"] == "trial_started" and e["attempt"] == 2 for e in events(home)
        )
    )
    driver.send_signal(signal.SIGTERM)
    assert driver.wait(60) == 143, said(home)
    assert "sweep resume" in said(home)
    assert_all_end(home)
    assert drive(home, "resume").wait(150) == 0, said(home)
    history = assert_whole(home)
    assert len(history.sessions) == 3
    repeated = Counter((trial, epoch) for _, trial, epoch in trained(home))
    per_trial = Counter(trial for (trial, _), times in repeated.items() if times > 1)
    assert all(
        per_trial[trial] <= history.trials[trial].attempts - 1 for trial in per_trial
    ), "one epoch a kill at most"
    assert_all_end(home)
    assert_nothing_lies_about(home)


# Starts the driver and ends, so that the driver becomes a child of process 1, as in a container or
# under `nohup`.
ORPHAN = """
import subprocess, sys
from pathlib import Path
driver = subprocess.Popen([sys.executable, "-c", Path("driver.py").read_text(), sys.argv[1]])
Path("driver.pid").write_text(str(driver.pid))
"""


@pytest.mark.parametrize(
    "parent, process",
    [
        pytest.param("the test", "raylet/raylet", marks=pytest.mark.thorough),
        ("nobody", "raylet/raylet"),
        ("the test", "gcs/gcs_server"),
    ],
)
def test_a_study_goes_on_when_a_process_of_rays_dies_under_it(home, parent, process):
    """Ray is started again within the session, whoever the driver's parent is: Ray's
    core ends some drivers instead."""
    (home / "study.yaml").write_text(STUDY.replace("pause: 0.05", "pause: 0.3"))
    (home / "driver.py").write_text(DRIVER)
    started = drive(home, "run", ["-c", ORPHAN if parent == "nobody" else DRIVER])
    if parent == "nobody":
        assert started.wait(60) == 0
    driver = (
        int((home / "driver.pid").read_text()) if parent == "nobody" else started.pid
    )
    wait_until(lambda: sum(e["event"] == "epoch" for e in events(home)) >= 3, 200)
    (victim,) = [number for number, name in family(home).items() if process in name]
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: driver not in family(home), 200)
    assert started.wait() == 0, said(home)
    assert_whole(home)
    (session,) = [e for e in events(home) if e["event"] == "session_ended"]
    assert session["reason"] == "done", said(home)
    assert (
        sum("Ray was started again" in e.get("message", "") for e in events(home)) == 1
    )
    times = Counter((trial, epoch) for _, trial, epoch in trained(home))
    assert max(times.values()) <= 2, (
        "at most the epoch that was running is trained again"
    )
    assert_all_end(home)


def test_a_ray_that_the_caller_connected_to_is_not_started_again_when_its_node_dies(
    home,
):
    """The study stops at once, and can be resumed."""
    (home / "connected.py").write_text(
        "import ray\nray.init(num_cpus=2, log_to_driver=False)\n" + DRIVER
    )
    (home / "study.yaml").write_text(STUDY.replace("pause: 0.05", "pause: 0.3"))
    driver = drive(home, "run", ["connected.py"])
    wait_until(lambda: sum(e["event"] == "epoch" for e in events(home)) >= 3)
    driver_raylet = [
        number for number, name in family(home).items() if "raylet/raylet" in name
    ]
    os.kill(driver_raylet[0], signal.SIGKILL)
    assert driver.wait(150) == NodeLost.exit_code, said(home)
    assert "the raylet) died" in said(home)
    assert drive(home, "resume").wait(150) == 0, said(home)
    assert not any(
        "Ray was started again" in e.get("message", "") for e in events(home)
    )
    assert_whole(home)
    assert_all_end(home)


ONE_MACHINE = """
import os, psutil, ray
from sweep.engine.cluster import connected
with connected():
    assert ray.get(ray.remote(lambda: os.nice(0)).remote()) == os.nice(0)
    started = [" ".join(process.cmdline()) for process in psutil.Process().children()]
names = ("gcs_server", "raylet", "monitor.py", "log_monitor.py", "dashboard.py")
print(sorted(name for name in names if any(f"/{name}" in line.split(" --")[0] for line in started)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="NOT CHECKED: needs /proc")
def test_a_ray_of_ones_own_is_two_processes_and_its_workers_are_as_nice_as_we(home):
    """Should another version of Ray name its methods or its setting otherwise, every study would
    start later, and its trials would wait for any other program of the machine."""
    assert drive(home, ONE_MACHINE, ["-c", ONE_MACHINE]).wait(250) == 0, said(home)
    assert said(home).splitlines()[-1] == "['gcs_server', 'raylet']"
    assert_all_end(home)
