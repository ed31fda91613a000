"""The short form of `python -m tests.simulation`: what is promised of intervals and
tests is kept."""

from pathlib import Path

import pytest

from tests.simulation.line import Line, Promise
from tests.simulation.registry import PROCEDURES, SHORT, TABLES

FOLDER = Path(__file__).parent / "simulation"
NOT_PROCEDURES = {"__init__", "__main__", "line", "noise", "registry", "test_tables"}


@pytest.mark.parametrize("name", PROCEDURES)
def test_what_is_promised_is_kept(name):
    """Within four Monte-Carlo standard errors of each figure."""
    lines = list(PROCEDURES[name](SHORT))
    assert any(line.promise is not None for line in lines)
    assert [line for line in lines if not line.kept()] == []


def test_every_procedure_is_registered():
    files = {path.stem for path in FOLDER.glob("*.py")} - NOT_PROCEDURES
    written = [*PROCEDURES.values(), *(table.write for table in TABLES.values())]
    assert {function.__module__.rpartition(".")[2] for function in written} == files


def test_a_figure_far_from_its_promise_breaks_it():
    naive = Line(
        "folds", "15 splits", "coverage, uncorrected t", 0.45, 200, Promise(least=0.94)
    )
    assert not naive.kept()
    assert Line(
        "folds", "15 splits", "joint coverage", 0.93, 200, Promise(least=0.94)
    ).kept()
