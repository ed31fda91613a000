"""Trials as Ray holds them, and the node that a process is on, made up: no Ray is started."""

from types import SimpleNamespace

import pytest
import ray

from sweep.engine.assigning import ASSIGNMENT, Holder
from sweep.model.trial import Assignment


@pytest.fixture
def ray_trial():
    """`ray_trial(number, order=…, share=…)`: a trial of Ray's that holds an assignment."""

    def make(number, order=None, share="a CPU", status="PENDING"):
        given = Assignment(
            number, "label", {"lr": 0.1}, 5, None, None, 1, "/trial", None, {}
        )
        return SimpleNamespace(
            trial_id=f"ray{number}",
            config={ASSIGNMENT: Holder(given, number if order is None else order)},
            placement_group_factory=share,
            temporary_state=SimpleNamespace(ray_actor=None),
            status=status,
            error_file=None,
            node_ip=None,
        )

    return make


@pytest.fixture
def on_node(monkeypatch):
    """`on_node("a")`: this process is on the node of that id."""

    def be(name):
        context = SimpleNamespace(get_node_id=lambda: name)
        monkeypatch.setattr(ray, "get_runtime_context", lambda: context)

    return be
