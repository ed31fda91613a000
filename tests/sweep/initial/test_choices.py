"""The parameters that a first study compares, tunes and sets."""

import pytest

from sweep.initial.choices import (
    active_parameters,
    compared_parameter,
    epochs,
    guess,
    values,
)
from sweep.initial.description import Parameter, TrainerDescription
from sweep.initial.source import UNKNOWN

LOSS = Parameter("loss_type", "ce", ("ce", "focal"))
KIND = Parameter("kind", "a", ("a", "b"))
DROPOUT = Parameter("dropout", 0.1)
RATE = Parameter("optim.lr", 0.02)


@pytest.mark.parametrize(
    ("parameters", "compared"),
    [
        ((DROPOUT, KIND, LOSS), LOSS),
        ((DROPOUT, KIND), KIND),
        ((RATE, DROPOUT), DROPOUT),
        ((RATE,), None),
    ],
)
def test_a_choice_of_the_loss_is_compared_else_a_choice_else_a_number(
    parameters, compared
):
    assert compared_parameter(TrainerDescription("t", parameters)) is compared


def test_of_many_described_parameters_only_the_main_ones_are_set():
    others = [Parameter(f"p{n}", n, description="a number") for n in range(20)]
    trainer = TrainerDescription("t", (LOSS, RATE, *others))
    assert active_parameters(trainer) == [LOSS, RATE]


def test_values_to_compare_begin_with_the_default():
    assert values(LOSS) == ("ce", "focal")
    assert values(DROPOUT) == (0.1, 0.2)
    assert values(Parameter("weight", 0.0)) == (0.0, 0.1)
    assert values(Parameter("layers", 2)) == ()


def test_an_unknown_default_is_guessed():
    assert guess(Parameter("epochs", UNKNOWN)) == 10
    assert guess(Parameter("depth", UNKNOWN)) == 1
    assert guess(Parameter("path", None)) is None


def test_a_trainer_without_epochs_has_none():
    assert epochs(TrainerDescription("t", (DROPOUT,))) is None
    assert epochs(TrainerDescription("t", (Parameter("epochs", 4),))) == 4
