"""Numerics on one core: trials keep the others, and an answer is the same however many
cores a machine has."""

import numpy as np
import pytest
import scipy.linalg  # noqa: F401 - a library with threads of its own
import torch
from optuna.samplers import GPSampler, TPESampler
from threadpoolctl import ThreadpoolController

from sweep.model.domains import Uniform
from sweep.model.parameters import Parameter
from sweep.model.trial import State
from sweep.samplers import SAMPLERS, Observation, SearchSpace, gp_regression, replay
from sweep.samplers.threads import one_thread


def threads():
    return {
        library.filepath: library.num_threads
        for library in ThreadpoolController().lib_controllers
    }


def test_every_library_has_one_thread_and_then_as_many_as_before():
    before = threads()
    assert before, "NumPy has a library with threads"
    with one_thread():
        assert set(threads().values()) == {1}
        assert torch.get_num_threads() == 1
    assert threads() == before


def test_an_error_restores_the_number_of_threads():
    before = threads()
    with pytest.raises(ZeroDivisionError), one_thread():
        1 / 0  # noqa: B018
    assert threads() == before


@pytest.mark.parametrize(
    "method, asked",
    [
        ("gp_multifidelity", (gp_regression, "fitted")),
        ("gp", (GPSampler, "sample_relative")),
        ("tpe", (TPESampler, "sample_relative")),
    ],
)
def test_a_sampler_that_models_is_asked_on_one_core(method, asked, monkeypatch):
    seen = []
    inner = getattr(*asked)

    def watched(*arguments, **named):
        seen.append(set(threads().values()))
        return inner(*arguments, **named)

    monkeypatch.setattr(*asked, watched)
    replay.forget()
    space = {name: Parameter(name, Uniform(0.0, 1.0), "scientific") for name in "abcd"}
    sampler = SAMPLERS[method](trials=400, n_startup_trials=5)
    past = []
    for point in np.random.default_rng(0).random((20, 4)).tolist():
        config = dict(zip("abcd", point, strict=True))
        memory = {"params": config, "system_attrs": {}}
        past.append(
            Observation(
                config, State.COMPLETE, sum(point) - point[0] ** 2, memory=memory
            )
        )
    sampler.suggest(SearchSpace(space, "m", "maximize"), past, 7)
    assert seen == [{1}]
