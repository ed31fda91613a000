"""The garbage collector is as it was afterwards, whatever happened inside."""

import gc

import pytest

from sweep.history.garbage import collector_paused


@pytest.fixture(autouse=True)
def _restored():
    collecting = gc.isenabled()
    yield
    (gc.enable if collecting else gc.disable)()


@pytest.mark.parametrize("collecting", [True, False])
def test_it_is_paused_inside_and_restored_behind(collecting):
    (gc.enable if collecting else gc.disable)()
    with collector_paused():
        assert not gc.isenabled()
        with collector_paused():
            assert not gc.isenabled()
        assert not gc.isenabled(), "the inner pause does not end the outer one"
    assert gc.isenabled() is collecting


def test_an_error_inside_restores_it_too():
    gc.enable()
    with pytest.raises(ValueError, match="inside"), collector_paused():
        raise ValueError("inside")
    assert gc.isenabled()
