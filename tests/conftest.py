"""Settings for every test: a busy machine is no failure, so property tests have no deadline.

Signals mean what they mean in a terminal, also where the tests were started with
`nohup` or in the background: a child inherits what its parent ignores.
"""

import compileall
import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

# Ray's workers do not wait for whatever else this machine does; Ray itself makes them nice.
os.environ.setdefault("RAY_worker_niceness", "0")

signal.signal(signal.SIGHUP, signal.SIG_DFL)
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--thorough`: every kill and every case, where the default takes a sample."""
    parser.addoption(
        "--thorough",
        action="store_true",
        help="run the tests that take minutes each, and every case where else a sample is run",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Compile the sources once, before the processes that run the tests start.

    With PYTHONDONTWRITEBYTECODE set, each of the many interpreters that the tests start would
    compile every module that it imports.
    """
    if hasattr(config, "workerinput"):  # a process of `pytest -n`
        return
    root = Path(__file__).parents[1]
    for package in ("sweep", "trainers"):
        compileall.compile_dir(str(root / package), quiet=2)


def pytest_report_header(config: pytest.Config) -> str:
    """Say whether the long tests run."""
    if config.getoption("--thorough"):
        return "thorough: every kill and every flipped bit"
    return "thorough: no; --thorough runs every kill and every flipped bit"


@pytest.fixture
def thorough(request: pytest.FixtureRequest) -> bool:
    """Whether a test shall run all of its cases; else it takes a sample."""
    return bool(request.config.getoption("--thorough"))


@pytest.fixture(scope="session", autouse=True)
def own_user_folders(tmp_path_factory):
    """Caches and trust of the person who runs the tests are neither read nor written."""
    home = tmp_path_factory.mktemp("user")
    os.environ["XDG_CACHE_HOME"] = str(home / "cache")
    os.environ["XDG_STATE_HOME"] = str(home / "state")


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Deselect `thorough` tests unless asked for, and run the files with long tests first."""
    if not config.getoption("--thorough"):
        _deselect(config, items)
    _sort_by_allowed_time(items)


def _deselect(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out the tests marked `thorough`; pytest's summary counts them."""
    long = [item for item in items if item.get_closest_marker("thorough")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


def _sort_by_allowed_time(items: list[pytest.Item]) -> None:
    """Files whose tests may take longest come first; otherwise the order is kept."""
    limit: dict[object, float] = {}
    for item in items:
        allowed = item.get_closest_marker("timeout")
        limit[item.path] = max(
            limit.get(item.path, 0.0), float(allowed.args[0]) if allowed else 0.0
        )
    items.sort(key=lambda item: -limit[item.path])
