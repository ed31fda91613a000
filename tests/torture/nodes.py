"""A node leaves a cluster while a study runs on it; its trials move to another node.

The cluster is Ray's own way to have several nodes on one machine. It is started by another process
than the driver, so it also shows that a killed driver's watchdog leaves a cluster alone that was
there before.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.torture import accounting, driver, faults, reference, retraining, study
from tests.torture.accounting import Watched
from tests.torture.torture import PATIENCE, Books, check

# seconds an epoch takes beyond its computing: the study must outlast the node and then
# the driver
PAUSE = 1.0

# Reads `remove` and `add`, one a line, and answers each with the raylets there are. A machine that
# goes takes its workers with it, at once; `Cluster.remove_node` alone would leave them running for
# a while.
_CLUSTER = """
import os, signal, subprocess, sys
from ray.cluster_utils import Cluster

def raylet(node):
    return node.all_processes["raylet"][0].process.pid

def remove(node):
    os.kill(raylet(node), signal.SIGSTOP)
    for worker in subprocess.run(["pgrep", "-P", str(raylet(node))], capture_output=True, text=True).stdout.split():
        os.kill(int(worker), signal.SIGKILL)
    cluster.remove_node(node, allow_graceful=False)

cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
nodes = [cluster.add_node(num_cpus=1)]
print(cluster.address, flush=True)
for line in sys.stdin:
    if line == "remove\\n":
        remove(nodes.pop())
    elif line == "add\\n":
        nodes.append(cluster.add_node(num_cpus=1))
    print(*(raylet(node) for node in [cluster.head_node, *nodes]), flush=True)
"""

_DRIVER = """
import sys, sweep.engine, ray
from sweep.study import resume, run
ray.init(address=sys.argv[1], log_to_driver=False)
run("study.yaml") if sys.argv[2] == "run" else resume("tortured")
"""


class LocalCluster:
    """Two nodes of one CPU each, the head among them, in processes of their own."""

    def __init__(self, home: Path):
        home.mkdir(parents=True)
        self._home = home
        self._process = subprocess.Popen(
            [sys.executable, "-c", _CLUSTER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(home / "said.txt").open("ab"),
            env=driver.environment(home),
            text=True,
            cwd=home,
        )
        self.address = self._line()

    def tell(self, word: str) -> list[int]:
        """`remove` or `add` a node, or just `count`; the process numbers of the raylets
        that live then."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        return [int(number) for number in self._line().split()]

    def close(self) -> None:
        """End it, every process."""
        driver.kill([self._process.pid])
        self._process.wait()
        while left := driver.family(self._home):
            driver.kill(left)
            time.sleep(0.1)

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        if not line:
            raise RuntimeError(f"the local cluster ended: see {self._home}/said.txt")
        return line


def remove_nodes(
    folder: Path, times: int, seed: int, books: Books, say: Callable[[str], None]
) -> None:
    """So many studies on a cluster of two nodes, each of which loses one node, gets a new one, and
    loses its driver.

    Args:
        folder: where `torture` has left its reference.
    """
    if not times:
        return
    dice, began, before = random.Random(seed), time.monotonic(), books.seconds
    alone = retraining.Reference(folder / "alone-nodes")
    table = reference.ablation_table(folder / "reference" / "results")
    for number in range(times):
        watched = Watched(folder / f"n{number}")
        study.write(watched.home, pause=PAUSE)
        cluster = LocalCluster(folder / f"c{number}")
        try:
            violations = _one_study(watched, cluster, dice, books)
        finally:
            cluster.close()
        if watched.path.exists():
            violations += check(watched, books, table, alone)
        books.counts["studies"] += 1
        books.lasted += watched.lasted
        books.violations += [f"{watched.home}: {violation}" for violation in violations]
        books.seconds = before + time.monotonic() - began
        say(f"node {number}: {books.seconds / 60:.1f} min; violations: {violations}")
        if not violations:
            shutil.rmtree(watched.home)
            shutil.rmtree(folder / f"c{number}")


def _one_study(
    watched: Watched, cluster: LocalCluster, dice: random.Random, books: Books
) -> list[str]:
    """Remove a node, kill the driver, resume, add a node, and wait for the end."""
    process = driver.launch(watched.home, ["-c", _DRIVER, cluster.address, "run"])
    if not faults.wait_for_work(watched.home, process) or faults.ends_within(
        process, dice.uniform(3, 6)
    ):
        return [
            (
                f"the driver ended with exit code {process.returncode} before a node was"
                " removed: see said.txt"
            )
        ]
    cluster.tell("remove")
    books.done["nodes"] += 1
    if faults.ends_within(process, dice.uniform(5, 15)):
        return [
            (
                f"the driver ended with exit code {process.returncode} when a node was"
                " removed: see said.txt"
            )
        ]
    driver.kill([process.pid])
    process.wait()
    books.done["kills"] += 1
    violations = accounting.after_kill(watched)
    raylets = cluster.tell("add")
    if len(raylets) != 2 or not all(
        Path(f"/proc/{number}").exists() for number in raylets
    ):
        violations.append(
            f"a killed driver took the cluster with it: {raylets} are left"
        )
    process = driver.launch(watched.home, ["-c", _DRIVER, cluster.address, "resume"])
    if not faults.ends_within(process, PATIENCE):
        driver.kill(driver.family(watched.home))
        return [*violations, f"the session after it was not done in {PATIENCE:g} s"]
    if process.returncode:
        violations.append(
            f"the session after it ended with exit code {process.returncode}: see said.txt"
        )
    return [*violations, *accounting.nothing_left(watched)]
