"""How many trials fit on the nodes of a cluster, with Ray's answers made up: no cluster
is started."""

import pytest

from sweep.engine.placement import PATIENCE, ClusterCapacity
from sweep.errors import EngineError, UsageError
from sweep.spec import Resources
from sweep.spec.resources import Share

LARGE = {"parameters": {"model": "large"}, "gpu": 1, "cpu": 4}


def room(nodes, clock=lambda: 0.0, **resources):
    return ClusterCapacity(
        Resources.model_validate(resources), lambda: list(nodes), clock
    )


@pytest.mark.parametrize(
    "nodes, resources, workers",
    [
        ([(4, 0)], {}, 4),
        (
            [(4, 0), (4, 0)],
            {"cpu": 3},
            2,
        ),  # three quarters of a node: one a node, not two and a half in all
        ([(8, 1)], {"gpu": 0.25}, 4),
        ([(8, 2), (8, 2)], {"gpu": 0.25}, 16),
        ([(2, 2), (2, 2)], {"gpu": 0.25}, 4),  # CPUs run out first
        ([(8, 2)], {}, 2),  # a GPU each where there are some
        ([(8, 0)], {"max_concurrent": 3}, 3),
        ([(8, 0)], {"gpu": 1}, 0),
        ([], {}, 0),
        ([(1, 0)], {"cpu": 0.1}, 10),  # floats: ten tenths
    ],
)
def test_as_many_workers_as_fit_node_by_node(nodes, resources, workers):
    assert room(nodes, **resources).workers == workers


def test_at_most_one_trial_more_than_fits_is_requested():
    there = room([(1, 0), (1, 0)])
    assert [there.full([{}] * n) for n in range(5)] == [False, False, False, True, True]
    assert room([(4, 0)], max_concurrent=2).full([{}] * 2)


def test_a_trial_occupies_its_own_share_of_the_cluster():
    there = room([(8, 1)], gpu=0.25, when=[LARGE])
    assert there.varied
    assert not there.full([{"model": "large"}])
    assert there.full([{"model": "large"}, {"model": "small"}]), "the one GPU is taken"
    assert not there.full([{"model": "small"}] * 4)
    assert there.request({"model": "large"}).bundles == [{"CPU": 4.0, "GPU": 1.0}]
    assert there.request({"model": "small"}).bundles == [{"CPU": 1.0, "GPU": 0.25}]
    assert there.request({}).bundles == [{"CPU": 1.0, "GPU": 0.25}]


def test_resources_that_no_machine_has_are_refused_with_the_largest_available():
    with pytest.raises(
        UsageError,
        match=r"resources\.cpu: a trial asks for 3, but no machine has more than 2",
    ):
        room([(2, 0), (2, 0)], cpu=3).check()
    with pytest.raises(
        UsageError,
        match=r"resources\.gpu: a trial asks for 1, but no machine has more than 0",
    ):
        room([(8, 0)], gpu=0, when=[LARGE]).check()
    with pytest.raises(UsageError, match="no machine has 8 CPUs and 1 GPUs together"):
        room([(8, 0), (2, 1)], cpu=8, gpu=1).check()
    room([(8, 1)], gpu=0.5, when=[LARGE]).check()


def test_nodes_that_come_and_go_are_followed_and_none_at_all_ends_the_wait():
    nodes, now = [(1, 0)], [0.0]
    there = room(nodes, lambda: now[0])
    nodes.append((1, 0))
    there.look()
    assert there.workers == 1, "it does not ask all the time"
    now[0] = 10
    there.look()
    assert there.workers == 2
    nodes.clear()
    now[0] = PATIENCE
    there.look()
    assert there.workers == 0
    now[0] = 10 + PATIENCE + 1
    with pytest.raises(EngineError, match="ray status"):
        there.look()


def test_the_first_rule_that_holds_counts_and_gives_what_it_names():
    resources = Resources.model_validate(
        {
            "cpu": 2,
            "when": [
                {"parameters": {"model": ["large", "huge"], "depth": 3}, "gpu": 1},
                LARGE,
            ],
        }
    )
    assert resources.share({"model": "small"}) == Share(2.0, None)
    assert resources.share({"model": "huge", "depth": 3.0}) == Share(2.0, 1.0)
    assert resources.share({"model": "large", "depth": 1}) == Share(4.0, 1.0)
    assert resources.shares() == [Share(2.0, None), Share(2.0, 1.0), Share(4.0, 1.0)]
