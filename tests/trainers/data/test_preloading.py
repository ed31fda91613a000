"""Reading data before a fork: with one thread, and as many as before afterwards."""

import pytest
import torch

from sweep_trainers.data.preloading import single_threaded


def test_one_thread_inside_and_as_many_as_before_outside() -> None:
    before = torch.get_num_threads()
    with single_threaded():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


def test_also_after_a_failure() -> None:
    before = torch.get_num_threads()
    with pytest.raises(ValueError, match="torn"), single_threaded():
        raise ValueError("torn")
    assert torch.get_num_threads() == before
