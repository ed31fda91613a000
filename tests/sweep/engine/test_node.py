"""The driver's own node: once it is dead, that is said instead of waited for. No Ray is started."""

import pytest
import ray

from sweep.engine import own_session
from sweep.engine.node import Alive, NodeLost
from sweep.engine.raylet import Raylet


@pytest.fixture
def nodes(monkeypatch, on_node):
    """What Ray says of its nodes; this process is on the node `own`, whose processes live."""
    there = [{"NodeID": "own", "Alive": True}, {"NodeID": "other", "Alive": True}]
    on_node("own")
    monkeypatch.setattr(ray, "nodes", lambda: there)
    monkeypatch.setattr(own_session, "dead", lambda: None)
    monkeypatch.setattr("sweep.engine.node.socket_path", lambda: None)
    monkeypatch.setattr("sweep.engine.node._EVERY", 0.0)
    return there


@pytest.mark.parametrize("ours", [True, False])
def test_a_living_node_is_not_reported(nodes, ours):
    alive = Alive(ours)
    nodes[1]["Alive"] = False
    alive()
    assert alive.lost is None, "another node is not the driver's"


def test_a_node_that_ray_calls_dead_ends_the_wait(nodes):
    alive = Alive(ours=False)
    nodes[0]["Alive"] = False
    with pytest.raises(
        NodeLost, match=r"the raylet\) died.*`sweep resume` continues"
    ) as raised:
        alive()
    assert alive.lost is raised.value


def test_a_process_of_a_ray_of_ones_own_that_ended_is_named_and_ray_is_let_go(
    nodes, monkeypatch
):
    let_go = []
    monkeypatch.setattr(own_session, "dead", lambda: "gcs_server")
    monkeypatch.setattr(own_session, "let_go", lambda: let_go.append(True))
    with pytest.raises(NodeLost, match="the gcs_server"):
        Alive(ours=True)()
    assert let_go == [True]


def test_the_processes_of_a_cluster_that_was_joined_are_not_looked_at(
    nodes, monkeypatch
):
    monkeypatch.setattr(own_session, "dead", lambda: "gcs_server")
    Alive(ours=False)()


def test_a_raylet_that_ended_is_noticed_before_ray_calls_its_node_dead(
    nodes, monkeypatch
):
    let_go = []
    monkeypatch.setattr(own_session, "let_go", lambda: let_go.append(True))
    monkeypatch.setattr(Raylet, "ended", lambda raylet: True)
    alive = Alive(ours=False)
    with pytest.raises(NodeLost, match="the raylet") as raised:
        alive()
    assert alive.lost is raised.value
    assert let_go == [], "a Ray of the caller's is the caller's to end"


def test_ray_is_asked_now_and_then_only(nodes, monkeypatch):
    monkeypatch.setattr("sweep.engine.node._EVERY", 3600.0)
    nodes[0]["Alive"] = False
    Alive(ours=False)()


def test_a_local_ray_is_never_queried_because_it_could_hang(nodes, monkeypatch):
    nodes[0]["Alive"] = False
    Alive(ours=True)()


def test_an_error_that_follows_from_a_death_finds_the_death(nodes, monkeypatch):
    """Ray's call raised before the next turn of the watch."""
    monkeypatch.setattr(own_session, "let_go", lambda: None)
    alive = Alive(ours=True)
    alive.check_processes()
    monkeypatch.setattr(own_session, "dead", lambda: "gcs_server")
    with pytest.raises(NodeLost) as first:
        alive.check_processes()
    monkeypatch.setattr(own_session, "dead", lambda: None)
    with pytest.raises(NodeLost) as second:
        alive.check_processes()
    assert second.value is first.value
