"""Metrics that a script names without printing them."""

import ast

import pytest

from sweep.initial.logged import is_lightning, logged


@pytest.mark.parametrize(
    "source, names",
    [
        ("class M:\n  def step(self):\n    self.log('train_loss', 1)\n    self.log('val_acc', 2)\n",
         ("val_acc", "train_loss")),
        ("class M:\n  def step(self):\n    self.log_dict({'val_f1': 1, 'val_loss': 2})\n", ("val_f1", "val_loss")),
        ("def evaluate(model):\n    return {'accuracy': 1, 'loss': 2}\n", ("accuracy", "loss")),
        ("def validate(model):\n    return dict(f1=1)\n", ("f1",)),
        ("import wandb\nwandb.log({'val/acc': 1})\n", ("val/acc",)),
        ("logging.log('hello')\n", ()),
    ],
)  # fmt: skip
def test_names_are_found_those_of_validation_first(source, names):
    assert logged(ast.parse(source)) == names


def test_lightning_is_known_by_its_import():
    assert is_lightning(ast.parse("import pytorch_lightning as pl"))
    assert not is_lightning(ast.parse("import torch"))
