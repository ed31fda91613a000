"""What a plan says of seeds that are added until the arms are decided."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from sweep import spec
from sweep.commands import plan_view

FILE = Path(spec.__file__).parents[2] / "search_spaces" / "verdicts.yaml"


@pytest.fixture
def planned():
    """`planned(overrides)`: the plan of the shipped study as text."""

    def text(**overrides):
        out = io.StringIO()
        loaded = spec.load(FILE, overrides=overrides)
        Console(file=out, width=200).print(plan_view.plan(loaded, probe=False))
        return out.getvalue()

    return text


def test_each_look_has_a_row_with_its_expected_and_largest_number_of_trials(planned):
    lines = planned().splitlines()
    rows = [
        line.split()
        for line in lines
        if line.split()[:1] in (["1"], ["2"], ["3"], ["4"])
    ]
    assert [row[1] for row in rows] == ["6", "9", "13", "20"]
    assert [row[3] for row in rows] == ["18", "27", "39", "60"]
    assert all(float(row[2]) <= float(row[3]) for row in rows)


def test_it_says_what_the_limit_can_resolve(planned):
    assert "20 seeds and 2 comparisons resolve 0.62 standard deviations" in planned()


def test_the_number_of_trials_is_shown_as_an_upper_limit(planned):
    assert "at most 60 trials" in planned()
    assert "6 to 20 seeds" in planned()


def test_without_a_margin_the_plan_says_that_all_seeds_are_used(planned):
    assert "uses all seeds" in planned(**{"ablation.margin": None})


def test_a_fixed_number_of_seeds_has_no_looks(planned):
    assert "resolve" not in planned(**{"ablation.seeds": [0, 1, 2, 3, 4, 5, 6, 7]})
