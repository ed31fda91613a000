"""A real cluster of several nodes on this machine, which see nothing of each other but a storage.

The head has no CPU, so that every trial runs on a node that is not the driver's, in a folder of
that node alone.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from sweep.log.reader import replay
from sweep.model.trial import State
from sweep.study import load
from tests.sweep.engine.weights import WEIGHTS
from tests.waiting import wait_until

pytestmark = [pytest.mark.ray, pytest.mark.timeout(600)]

# Says which node trained which epoch of which trial. What it learns depends on every epoch before,
# so that a trial that started anew, or skipped an epoch, ends elsewhere. In its fourth epoch it
# waits for a file `go`.
TRAINER = (
    """
import os, time
from pathlib import Path
from beside import STEP
"""
    + WEIGHTS
    + """
def node_id():
    # A trial's process is none of Ray's, but knows the raylet that started its worker.
    raylet = Path("/proc", os.environ["RAY_RAYLET_PID"])
    (said,) = [word for word in (raylet / "cmdline").read_text().split("\\0") if "--node_id=" in word]
    return said.partition("=")[2]

def train(config, run):
    weights, node = Weights(), node_id()
    for epoch in range(run.restore(weights=weights), config["epochs"]):
        with Path(config["said"]).open("a") as file:
            file.write(f"{node} {run.folder.name[:5]} {epoch} {os.environ.get('OMP_NUM_THREADS')}\\n")
        time.sleep(config["pause"])
        while epoch == 3 and not Path(config["said"]).with_name("go").exists():
            time.sleep(0.05)
        weights.value = weights.value * 1.5 + STEP + run.seed
        (run.folder / "predictions.csv").write_text(f"{weights.value}\\n")
        if run.report(epoch, {"val/score": weights.value}):
            break
"""
)
STUDY = """
name: spread
trainer: own.py:train
metric: {{name: val/score, goal: maximize}}
parameters: {{epochs: 6, pause: 0.4, said: {said}, strength: {{values: [1, 2]}}}}
ablation: {{baseline: {{strength: 1}}, seeds: [0, 1, 2], designs: {{arms: {{strong: {{strength: 2}}}}}}}}
resources: {{gpu: 0, retry_backoff_seconds: 0.1}}
"""
# Ray calls a node dead whose process is gone after 2.5 s, instead of its default of 15 s.
HEALTH = {"health_check_period_ms": 500}
EXPECTED = {seed: sum((0.5 + seed) * 1.5**k for k in range(6)) for seed in range(3)}


@pytest.fixture
def home(tmp_path):
    (tmp_path / "own.py").write_text(TRAINER)
    (tmp_path / "beside.py").write_text("STEP = 0.5\n")
    (tmp_path / "study.yaml").write_text(STUDY.format(said=tmp_path / "said.txt"))
    return tmp_path


@pytest.fixture
def cluster():
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 0, "include_dashboard": False, "_system_config": HEALTH}
    made = Cluster(initialize_head=True, head_node_args=head)
    yield made
    nodes = [node["NodeID"] for node in cluster_nodes(made)]
    made.shutdown()
    for node in nodes:  # those that left could not clear up
        for folder in scratch(node):
            shutil.rmtree(folder)


@pytest.fixture
def sweep(home):
    """Starts `sweep …` in `home`; what still runs when the test is over is ended."""
    started = []

    def start(*words, **variables):
        started.append(_start(home, *words, **variables))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def _start(home, *words, **variables):
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "OMP_NUM_THREADS": "1",
        **variables,
    }
    command = [sys.executable, "-m", "sweep", *map(str, words)]
    with (home / "output.txt").open("a") as output:
        return subprocess.Popen(
            command, cwd=home, env=environment, stdout=output, stderr=output
        )


def output(home):
    return (home / "output.txt").read_text()


def trained(home):
    """(node, trial, epoch), as the trainer said them."""
    said = home / "said.txt"
    lines = said.read_text().splitlines() if said.exists() else []
    return [
        (node, int(trial), int(epoch))
        for node, trial, epoch, _ in map(str.split, lines)
    ]


def events(home):
    path = home / "results/spread/events.jsonl"
    return replay(path).events if path.exists() else []


def scratch(node):
    """The temporary folders of a node."""
    return list(Path(tempfile.gettempdir()).glob(f"sweep-*-{node[:12]}"))


def test_a_node_that_leaves_gives_its_trials_to_the_others_and_one_that_joins_gets_some(
    home, cluster, sweep
):
    leaving = cluster.add_node(num_cpus=1)
    cluster.add_node(num_cpus=1)
    driver = sweep(
        "run",
        "study.yaml",
        "--address",
        cluster.address,
        "--storage",
        f"file://{home}/store",
    )
    wait_until(
        lambda: len({node for node, _, epoch in trained(home) if epoch >= 2}) == 2,
        240,
        lambda: output(home),
    )
    cluster.remove_node(leaving)
    joined = cluster.add_node(num_cpus=1)
    wait_until(
        lambda: joined.node_id in {node for node, _, _ in trained(home)},
        240,
        lambda: output(home),
    )  # the other one is held up
    (home / "go").touch()
    assert driver.wait(400) == 0, output(home)

    history = load("spread", results=home / "results").history
    assert [trial.state for trial in history.trials.values()] == [State.COMPLETE] * 6
    assert {(t.label, t.seed) for t in history.trials.values()} == {
        (a, s) for a in ("baseline", "strong") for s in range(3)
    }
    for trial in history.trials.values():
        assert [report.epoch for report in trial.reports] == list(range(6))
        assert trial.reports[-1].metrics["val/score"] == EXPECTED[trial.seed], (
            "each epoch built on the one before"
        )

    moved = [trial for trial, losses in history.losses.items() if losses]
    assert moved, "a trial was running on the node that left"
    assert all(
        leaving.node_id
        in {node for node, number, _ in trained(home) if number == trial}
        for trial in moved
    )
    for trial in moved:
        assert (
            f"({leaving.node_ip_address}) left the cluster" in history.losses[trial][0]
        ), "the log says which"
    times = Counter((trial, epoch) for _, trial, epoch in trained(home))
    repeated = [key for key, count in times.items() if count > 1]
    assert len(repeated) <= len(moved), (
        "at most the epoch that was running is trained again"
    )
    assert max(times.values()) <= 2

    for trial in (home / "results/spread/trials").iterdir():
        assert (trial / "predictions.csv").read_text(), (
            "what trials wrote is where the log is"
        )
        assert len((trial / "history.jsonl").read_text().splitlines()) == 6
    *session, report = events(home)
    (log_copy,) = (home / "store/spread/log").iterdir()
    assert replay(log_copy).events == session, (
        "the log's copy is complete at the session's end"
    )
    assert report["event"] == "report_written", "of files that are here alone"
    left = [path for node in cluster.worker_nodes for path in scratch(node.node_id)]
    assert left == [], "a node that is there at the end keeps nothing of the study"


@pytest.fixture
def machine_of_its_own(cluster, tmp_path_factory):
    """Starts a node that sees nothing of a folder: another, empty one is mounted there,
    for its processes alone."""
    if (
        shutil.which("unshare") is None
        or subprocess.run(["unshare", "-m", "true"], check=False).returncode
    ):
        pytest.skip("this machine does not let its users mount folders (unshare -m)")
    temporary, started = tmp_path_factory.mktemp("ray"), []

    def start(hidden):
        ray = (
            f"{sys.executable} -m ray.scripts.scripts start --address={cluster.address}"
            " --num-cpus=1 --block"
        )
        script = f"mount -t tmpfs none {hidden} && cd / && exec {ray}"
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
            "OMP_NUM_THREADS": "1",
        }
        with (temporary / "said.txt").open("a") as said:
            command = ["unshare", "-m", "--propagation", "private", "sh", "-c", script]
            started.append(
                subprocess.Popen(command, env=environment, stdout=said, stderr=said)
            )
        wait_until(
            lambda: sum(n["Alive"] for n in cluster_nodes(cluster)) == 2,
            240,
            (temporary / "said.txt").read_text,
        )

    yield start
    for process in started:
        process.terminate()
        process.wait(30)


def cluster_nodes(cluster):
    from ray._private.state import GlobalState
    from ray._raylet import GcsClientOptions

    state = GlobalState()
    state._initialize_global_state(
        GcsClientOptions.create(
            cluster.address,
            None,
            allow_cluster_id_nil=True,
            fetch_cluster_id_if_nil=False,
        )
    )
    return state.node_table()


def test_a_machine_without_the_disk_is_refused_and_with_a_storage_it_trains(
    home, sweep, machine_of_its_own, tmp_path_factory, cluster
):
    shared = tmp_path_factory.mktemp("shared")
    (home / "study.yaml").write_text(STUDY.format(said=shared / "said.txt"))
    machine_of_its_own(hidden=home)
    assert sweep("run", "study.yaml", "--address", cluster.address).wait(200) == 2
    assert "cannot see" in output(home)
    assert "--storage" in output(home)
    assert not (shared / "said.txt").exists(), "nothing was trained"

    (shared / "go").touch()
    go_on = [
        "run",
        "study.yaml",
        "--resume",
        "--address",
        cluster.address,
        "--storage",
        f"file://{shared}/store",
    ]
    assert sweep(*go_on).wait(400) == 0, output(home)
    history = load("spread", results=home / "results").history
    assert [trial.state for trial in history.trials.values()] == [State.COMPLETE] * 6
    assert {t.reports[-1].metrics["val/score"] for t in history.trials.values()} == set(
        EXPECTED.values()
    )
    for trial in (home / "results/spread/trials").iterdir():
        assert (trial / "predictions.csv").read_text()
    (there,) = {node for node, _, _ in trained(shared)}
    assert scratch(there) == []
