"""What a script can be told, by the library that reads its command line."""

import ast
import textwrap
from pathlib import Path

import pytest

from sweep.initial.arguments import arguments
from sweep.initial.source import UNKNOWN

CLICK = """
import click
@click.command()
@click.option("--learning-rate", default=0.1, help="Step size")
@click.option("--loss", type=click.Choice(["ce", "focal"]), default="ce")
@click.option("--amp/--no-amp", default=False)
def main(learning_rate, loss, amp): ...
"""
FIRE = """
import fire
def main(learning_rate=0.1, loss="ce", *, amp: bool = False): ...
fire.Fire(main)
"""
TYRO = """
import dataclasses, tyro
from typing import Literal
@dataclasses.dataclass
class Config:
    learning_rate: float = 0.1
    loss: Literal["ce", "focal"] = "ce"
    amp: bool = dataclasses.field(default=False)
config = tyro.cli(Config)
"""
JSONARGPARSE = """
from jsonargparse import CLI
def main(learning_rate: float = 0.1, loss: str = "ce", amp: bool = False): ...
CLI(main)
"""
ARGPARSE = """
import argparse
p = argparse.ArgumentParser()
p.add_argument("--learning-rate", default=0.1)
p.add_argument("--loss", default="ce", choices=["ce", "focal"])
p.add_argument("--amp", action="store_true")
"""


def read(source, path=Path("train.py")):
    return arguments(ast.parse(textwrap.dedent(source)), path)


@pytest.mark.parametrize(
    "source, flags",
    [
        (CLICK, {"hyphens": True, "booleans": "negatable"}),
        (FIRE, {}),
        (TYRO, {"hyphens": True, "booleans": "negatable_last"}),
        (JSONARGPARSE, {"booleans": "lower"}),
        (ARGPARSE, {"hyphens": True, "booleans": "switch"}),
    ],
    ids=["click", "fire", "tyro", "jsonargparse", "argparse"],
)
def test_names_defaults_and_flags_are_read(source, flags):
    found = read(source)
    assert {each.name: each.default for each in found.parameters} == {
        "learning_rate": 0.1,
        "loss": "ce",
        "amp": False,
    }
    assert found.flags == flags


def test_hydra_takes_no_flags_and_its_configuration_is_read(tmp_path):
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf/config.yaml").write_text(
        "defaults: [_self_]\nlr: 0.1\nmodel: {depth: 3, name: '${arch}'}\nhydra: {job: {name: x}}\n"
    )
    source = """
    import hydra
    @hydra.main(config_path="conf", config_name="config", version_base=None)
    def main(cfg): ...
    """
    found = read(source, tmp_path / "main.py")
    assert found.words == ("${args_hydra}", "hydra.run.dir=${folder}/hydra")
    assert {each.name: each.default for each in found.parameters} == {
        "lr": 0.1,
        "model.depth": 3,
    }


def test_a_parameter_without_a_default_is_unknown():
    (each,) = read("import fire\ndef main(data): ...\nfire.Fire(main)\n").parameters
    assert each.default is UNKNOWN
