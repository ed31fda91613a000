"""A cluster that asks for a token, as `ray start` does where the account has one, is
joined by its address too."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.ray, pytest.mark.timeout(300)]

RAY = [sys.executable, "-m", "ray.scripts.scripts"]
JOIN = """
import sys, ray
from sweep.engine.joining import join
join(sys.argv[1], {})
print("joined", ray.cluster_resources()["CPU"])
"""


@pytest.fixture
def account(tmp_path):
    """The environment of an account that has a token."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("RAY_")
    }
    environment |= {
        "HOME": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
    }
    made = subprocess.run(
        [*RAY, "get-auth-token", "--generate"],
        env=environment,
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("this Ray knows no tokens")
    return environment


@pytest.fixture
def head(account):
    """Address of a cluster that the account started."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = Path(
        tempfile.mkdtemp(prefix="tok")
    )  # sockets in it may have paths of a hundred characters at most
    more = [
        "--num-cpus=3",
        "--include-dashboard=false",
        "--disable-usage-stats",
        f"--temp-dir={folder}",
        "--block",
    ]
    words = [
        *RAY,
        "start",
        "--head",
        "--node-ip-address=127.0.0.1",
        f"--port={port}",
        *more,
    ]
    with (folder / "said.txt").open("w") as said:
        ray = subprocess.Popen(words, env=account, stdout=said, stderr=said)
    until = time.monotonic() + 120
    while "Ray runtime started" not in (text := (folder / "said.txt").read_text()):
        assert time.monotonic() < until, text
        assert ray.poll() is None, text
        time.sleep(0.2)
    yield f"127.0.0.1:{port}"
    ray.terminate()
    ray.wait(60)
    shutil.rmtree(folder, ignore_errors=True)


def joined(address, environment):
    words = [sys.executable, "-c", JOIN, address]
    return subprocess.run(
        words, env=environment, capture_output=True, text=True, check=False
    )


def test_the_account_joins_and_another_one_is_refused(head, account, tmp_path):
    done = joined(head, account)
    assert done.stdout == "joined 3.0\n", done.stderr

    refused = joined(head, account | {"HOME": str(tmp_path / "another")})
    assert refused.returncode != 0
    assert (
        "asks for a token, and this account has none or another one" in refused.stderr
    )
    assert "~/.ray/auth_token" in refused.stderr
