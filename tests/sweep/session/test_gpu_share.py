"""How many trials fit on a GPU: memory, busy time and CPU cores, whichever ends first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.session.gpu_monitor import GpuUse
from sweep.session.gpu_share import propose

GB = 10**9
CARD = 80 * GB


def use(memory=1 * GB, free=CARD, busy=0.1, gpus=1):
    return GpuUse(gpus, memory, free, CARD, busy)


def proposed(taken, *, gpus=1, cores=1000, cpu=1.0, with_mps=False):
    return propose(taken, gpus=gpus, cores=cores, cpu=cpu, with_mps=with_mps)


@pytest.mark.parametrize(
    "taken, machine, trials, limit",
    [
        (use(memory=20 * GB, busy=0.1), {}, 3, "memory"),
        (use(memory=20 * GB, free=50 * GB), {}, 2, "memory"),
        (use(busy=0.24), {}, 4, "busy time"),
        (use(busy=0.9), {}, 1, "busy time"),
        (use(busy=None), {}, 72, "memory"),
        (use(busy=0.1), {"cores": 8, "cpu": 2.0}, 4, "CPU cores"),
        (use(busy=0.1), {"cores": 8, "gpus": 2}, 4, "CPU cores"),
        (use(busy=0.9), {"with_mps": True}, 48, "number of MPS clients"),
        (use(busy=0.9, memory=20 * GB), {"with_mps": True}, 3, "memory"),
        (use(memory=79 * GB), {}, 1, "memory"),
        (use(busy=0.1), {"cores": 1, "gpus": 4}, 1, "CPU cores"),
    ],
)
def test_the_scarcest_resource_limits_trials_on_a_gpu(taken, machine, trials, limit):
    share = proposed(taken, **machine)
    assert share.limit == limit
    assert int(1 / share.gpu + 1e-9) == trials
    assert f"{trials} trials fit on a GPU, limited by the {limit}" in share.words
    assert share.at_once == trials * machine.get("gpus", 1)


def test_a_trial_that_uses_several_gpus_is_given_as_many():
    share = proposed(use(gpus=2), gpus=4)
    assert (share.gpu, share.at_once) == (2.0, 2)
    assert "resources.gpu: 2" in share.words


def test_a_trainer_without_gpu_use_gets_no_gpu():
    share = proposed(None)
    assert share.gpu == 0
    assert "resources.gpu: 0" in share.words


def test_the_sentence_says_what_was_measured():
    words = proposed(use(memory=2 * GB, busy=0.124)).words
    assert "a trial took 2 GB of 80 GB of free GPU memory" in words
    assert "busy for 12% of an epoch" in words
    assert "memory 36" in words


@given(
    st.integers(1, 200 * GB),
    st.none() | st.floats(0, 1),
    st.integers(1, 8),
    st.integers(1, 256),
    st.floats(0.1, 64),
    st.booleans(),
)
def test_the_proposed_number_of_trials_fits(memory, busy, gpus, cores, cpu, with_mps):
    share = proposed(
        use(memory=memory, busy=busy),
        gpus=gpus,
        cores=cores,
        cpu=cpu,
        with_mps=with_mps,
    )
    trials = int(1 / share.gpu + 1e-9)
    assert 0 < share.gpu <= 1
    assert trials * share.gpu <= 1
    assert trials == 1 or trials * memory <= CARD
    assert trials == 1 or trials * cpu * gpus <= cores
    assert trials == 1 or with_mps or not busy or trials * busy <= 1 + 1e-6
