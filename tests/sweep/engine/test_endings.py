"""Attempts that were told to stop: what they store at their end is named in the log."""

from types import SimpleNamespace

import pytest
import ray

from sweep.engine import endings
from sweep.engine.endings import Endings


class StoredSchedule:
    def __init__(self):
        self.heard = []

    def stored(self, number, attempt, manifest):
        self.heard.append((number, attempt, manifest))
        return True


class Futures:
    """Ray's futures of a few answers: the ones that are `ready`, and what they hold."""

    def __init__(self):
        self.ready, self.answers, self.waited = [], {}, []

    def wait(self, futures, num_returns, timeout):
        self.waited.append(timeout)
        ready = [future for future in futures if future in self.ready]
        return ready, [future for future in futures if future not in self.ready]

    def get(self, future):
        if self.answers[future] == "dead":
            raise ray.exceptions.RayActorError
        return self.answers[future]


@pytest.fixture
def futures(monkeypatch):
    made = Futures()
    monkeypatch.setattr(endings.ray, "wait", made.wait)
    monkeypatch.setattr(endings.ray, "get", made.get)
    return made


def ended(ray_trial, number, future):
    """A Ray trial whose actor answers with this future."""
    trial = ray_trial(number)
    method = SimpleNamespace(remote=lambda: future)
    trial.temporary_state.ray_actor = SimpleNamespace(end_attempt=method)
    return trial


def test_the_files_stored_at_the_end_of_an_attempt_are_reported_once(
    futures, ray_trial
):
    schedule = StoredSchedule()
    heard = Endings(schedule)
    for number, future in ((3, "a"), (4, "b")):
        heard.end(ended(ray_trial, number, future))
    futures.answers = {"a": "1" * 64, "b": "2" * 64}
    heard.hear()
    assert schedule.heard == []
    futures.ready = ["b"]
    heard.hear()
    heard.hear()
    assert schedule.heard == [(4, 1, "2" * 64)]
    futures.ready = ["a"]
    heard.hear(5.0)
    assert schedule.heard[1:] == [(3, 1, "1" * 64)]
    assert futures.waited == [0.0, 0.0, 0.0, 5.0]


def test_a_worker_that_died_and_one_that_stored_nothing_name_nothing(
    futures, ray_trial
):
    schedule = StoredSchedule()
    heard = Endings(schedule)
    for number, future in ((3, "a"), (4, "b")):
        heard.end(ended(ray_trial, number, future))
    futures.answers, futures.ready = {"a": "dead", "b": None}, ["a", "b"]
    heard.hear()
    assert schedule.heard == [(3, 1, None), (4, 1, None)]


def test_ray_is_not_called_while_no_attempt_ends(futures, ray_trial):
    heard = Endings(StoredSchedule())
    heard.end(ray_trial(3))  # its actor is gone
    heard.hear()
    assert futures.waited == []
