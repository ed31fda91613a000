"""A worker that was lost is explained in one line; a node that left the cluster is
called by its name and address."""

import pytest

from sweep.engine.worker_failure import last_words

NODE = "292250c3e994df3702698072ce38b9308ed96bb3599563d3419ca96f"
# As Ray 2.60 wrote it when a node was taken from a cluster.
GONE = f"""Failure # 1 (occurred at 2026-11-28_21-02-56)
The actor died unexpectedly before finishing this task.
\tclass_name: with_resources.<locals>.ResourceTrainable
\tactor_id: 0d8d7ea5824f0a952700704c01000000
\tpid: 24718
\tip: 10.0.0.7
The actor died because its node has died. Node Id: {NODE}
\tthe actor's node was terminated expectedly: received SIGTERM
"""
KILLED = """Failure # 1 (occurred at 2026-11-28_21-02-56)
The actor died unexpectedly before finishing this task.
\tip: 10.0.0.7
The actor is dead because its worker process has died. Worker exit type: SYSTEM_ERROR Worker exit detail: Worker \
unexpectedly exits with a connection error code 2. End of file.
"""


def node(alive, address="10.0.0.7", name="gpu-07", number=NODE, why=""):
    return {
        "NodeID": number,
        "Alive": alive,
        "NodeManagerAddress": address,
        "NodeManagerHostname": name,
        "DeathReasonMessage": why,
    }


def test_a_node_that_left_is_called_by_its_name_and_address():
    nodes = [node(True, "10.0.0.8", "gpu-08", "f3"), node(False)]
    words = last_words(GONE, "10.0.0.7", lambda: nodes)
    assert (
        words
        == "its node gpu-07 (10.0.0.7) left the cluster: terminated expectedly: received SIGTERM"
    )


def test_a_node_unknown_to_ray_is_named_by_its_id():
    assert last_words(GONE, "10.0.0.7", list).startswith(
        f"its node {NODE[:12]} left the cluster: terminated"
    )


def test_without_a_reason_from_ray_the_state_of_the_node_is_reported():
    nodes = [node(False, why="health check failed")]
    words = last_words("", "10.0.0.7", lambda: nodes)
    assert words == "its node gpu-07 (10.0.0.7) left the cluster: health check failed"


@pytest.mark.parametrize(
    "nodes", [[], [node(True)], [node(False), node(True, number="f3")]]
)
def test_a_dead_worker_on_a_living_node_has_no_reason(nodes):
    for address in ("10.0.0.7", None):
        words = last_words("", address, lambda: nodes)
        assert words == "the worker died; Ray gave no reason"


def test_nodes_are_not_queried_if_rays_message_has_a_reason():
    """A `gcs_server` that has died as well would not answer."""

    def ask():
        raise AssertionError("Ray was asked")

    words = last_words(KILLED, "10.0.0.7", ask)
    assert words.startswith("The actor is dead because its worker process has died.")
    assert len(last_words(KILLED * 9, "10.0.0.7", ask)) <= 200
    assert len(last_words("x" * 999, "10.0.0.7", ask)) == 200
