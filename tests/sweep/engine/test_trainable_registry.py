"""Ray Tune asks for a trainable once, and goes on without the `gcs_server`."""

import pytest
from ray.tune import registry

from sweep.engine.trainable_registry import remembered


@pytest.fixture
def asked(monkeypatch):
    """What Ray's registry is asked for; it knows the trainable `Worker`."""
    questions = []

    def answer(self, category, key):
        questions.append((category, key))
        return key == "Worker"

    for name in ("contains", "get"):
        monkeypatch.setattr(registry._Registry, name, answer)
    return questions


@pytest.mark.parametrize("method", ["contains", "get"])
def test_a_registered_trainable_is_looked_up_once(asked, method):
    with remembered():
        for _ in range(3):
            assert getattr(registry._global_registry, method)("trainable", "Worker")
    assert asked == [("trainable", "Worker")]


def test_an_unregistered_trainable_is_looked_up_again(asked):
    with remembered():
        for _ in range(2):
            assert not registry._global_registry.contains("trainable", "Other")
    assert asked == [("trainable", "Other")] * 2


def test_lookups_are_not_cached_after_the_run(asked):
    for _ in range(2):
        with remembered():
            registry._global_registry.contains("trainable", "Worker")
    registry._global_registry.contains("trainable", "Worker")
    assert len(asked) == 3
