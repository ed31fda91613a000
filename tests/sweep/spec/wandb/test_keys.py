"""The keys of a W&B sweep file, and what they are called in a study file."""

import pytest

from sweep.errors import Violation
from sweep.spec.wandb.keys import KEYS, OURS, SERVER, renamed, takes

FILE = """
program: train.py
method: {method}
run_cap: 4
metric: {{name: val_loss, goal: minimize}}
parameters:
{parameters}
"""


def test_keys_for_the_server_have_no_effect_and_are_named(load):
    text = FILE.format(method="random", parameters="  x: {value: 1}")
    keys = (
        "entity: me",
        "project: p",
        "job: me/p/job:v1",
        "image_uri: me/train",
        "description: d",
    )
    study = load(text + "\n".join(keys), "train.py")
    assert study.description == "d"
    for key in ("entity", "project", "job", "image_uri"):
        assert any(f"{key}: is for W&B's server" in note for note in study.notes)


@pytest.mark.parametrize(
    "key, taken",
    [
        ("run_cap", True),
        ("metric.name", True),
        ("command.program", True),
        ("resources.cpu", False),
    ],
)
def test_only_keys_of_a_wandb_file_are_set_in_it(key, taken):
    assert takes(key) is taken


@pytest.mark.parametrize(
    "ours, theirs",
    [
        ("search.trials", "run_cap"),
        ("command.run[2]", "command[2]"),
        ("parameters.lr", None),
    ],
)
def test_a_violation_names_the_key_of_the_file(ours, theirs):
    violation = Violation(3, ours, "is wrong", "a number")
    assert renamed(violation).key == (theirs or ours)
    assert renamed(violation).line == 3


def test_no_key_has_two_meanings():
    assert set(KEYS).isdisjoint(SERVER)
    assert set(OURS).isdisjoint(SERVER)
