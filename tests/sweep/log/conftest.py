"""A short log for the tests of reading and writing."""

import pytest

from sweep.log.event_log import EventLog


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.jsonl"


@pytest.fixture
def written(path):
    """A short log with all that a real one has: text beyond ASCII, numbers, nesting,
    several records in one write."""
    with EventLog(path) as log:
        created = {
            "event": "study_created",
            "spec": {"name": "fokal γ"},
            "source": "a: 1\n",
        }
        log.append(created)
        first = {"event": "notice", "message": "first"}
        log.append(first, {"event": "notice", "message": "second", "trial": None})
        metrics = {"val/f1": 0.123456789012345, "loss": None}
        log.append({"event": "epoch", "metrics": metrics, "seconds": 1e-9})
    return path
