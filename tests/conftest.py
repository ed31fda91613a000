"""Settings for every test: a busy machine is no failure, so property tests have no deadline.

Signals mean what they mean in a terminal, also where the tests were started with
`nohup` or in the background: a child inherits what its parent ignores.
"""

import os
import signal

import pytest
from hypothesis import settings

settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

# Ray's workers do not wait for whatever else this machine does; Ray itself makes them nice.
os.environ.setdefault("RAY_worker_niceness", "0")

signal.signal(signal.SIGHUP, signal.SIG_DFL)
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def own_user_folders(tmp_path_factory):
    """Caches and trust of the person who runs the tests are neither read nor written."""
    home = tmp_path_factory.mktemp("user")
    os.environ["XDG_CACHE_HOME"] = str(home / "cache")
    os.environ["XDG_STATE_HOME"] = str(home / "state")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files in the order of the time that their tests may take, the longest first; else
    in the order they were in."""
    limit: dict[object, float] = {}
    for item in items:
        allowed = item.get_closest_marker("timeout")
        limit[item.path] = max(
            limit.get(item.path, 0.0), float(allowed.args[0]) if allowed else 0.0
        )
    items.sort(key=lambda item: -limit[item.path])
