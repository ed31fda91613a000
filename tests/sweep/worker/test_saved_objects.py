"""What a checkpoint holds of a trainer's objects, and how they get it back."""

import pytest
import torch

from sweep.worker.saved_objects import set_state, state_of


def test_a_module_gets_back_the_state_that_was_taken_from_it():
    module = torch.nn.Linear(2, 1)
    state = {name: value.clone() for name, value in state_of("model", module).items()}
    torch.nn.init.zeros_(module.weight)
    set_state(module, state)
    assert torch.equal(module.weight, state["weight"])


def test_a_generator_draws_the_same_numbers_again():
    generator = torch.Generator().manual_seed(3)
    state = state_of("generator", generator)
    drawn = torch.rand(4, generator=generator)
    set_state(generator, state)
    assert torch.equal(torch.rand(4, generator=generator), drawn)


def test_an_object_without_state_is_refused_by_its_keyword_and_type():
    with pytest.raises(TypeError, match=r"run\.restore\(step=\.\.\.\) was given a int"):
        state_of("step", 3)
