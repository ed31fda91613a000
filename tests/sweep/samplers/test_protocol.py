"""What every method answers, and what is assumed where a study file is silent."""

import pytest

from sweep.samplers import SAMPLERS
from sweep.samplers.protocol import STARTUP, Sampler, startup


def test_the_default_number_of_startup_trials_is_optunas():
    assert (startup(None), startup(3), STARTUP) == (10, 3, 10)


@pytest.mark.parametrize("method", SAMPLERS)
def test_every_registered_class_implements_the_protocol(method):
    asked = {name for name in vars(Sampler) if not name.startswith("_")}
    sampler = SAMPLERS[method](trials=8)
    assert {name for name in asked if not hasattr(sampler, name)} == set()
    assert sampler.method == method
