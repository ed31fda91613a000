"""Parameters whose names or values mean something else than they look."""

import pytest

from sweep.model.domains import Choice, Constant

FILE = """
program: train.py
method: {method}
run_cap: 4
metric: {{name: val_loss, goal: minimize}}
parameters:
{parameters}
"""


def load_parameters(load, *lines, method="random"):
    text = FILE.format(
        method=method, parameters="\n".join(f"  {line}" for line in lines)
    )
    return load(text, "train.py")


@pytest.mark.parametrize(
    "name", ["method", "metric", "program", "command", "name", "project", "q"]
)
def test_a_parameter_may_have_the_name_of_a_top_level_key(load, name):
    study = load_parameters(load, f"{name}: {{value: 3}}", "seed: {values: [1, 2]}")
    assert study.parameters[name].domain == Constant(3)


@pytest.mark.parametrize(
    "written, meant",
    [("yes", True), ("no", False), ("on", True), ("1:30", 90), ("010", 8), ("1_000", 1000),
     ("y", "y"), ("0x1F", 31), ("1e-3", 0.001), ("'no'", "no"), ("!!float 1e-5", 1e-5), ("2020-01-01", "2020-01-01")],
)  # fmt: skip
def test_scalars_are_read_as_wandb_reads_them(load, written, meant):
    study = load_parameters(load, f"x: {{value: {written}}}")
    assert study.parameters["x"].domain == Constant(meant)
    assert type(study.parameters["x"].domain.value) is type(meant)


def test_a_scalar_that_a_study_file_reads_differently_is_noted(load):
    study = load_parameters(load, "aug: {values: [yes, no]}", "x: {value: 010}")
    assert any(
        "sweep.yaml:7: parameters.aug.values[0]: yes means true" in n
        for n in study.notes
    )
    assert any(
        "sweep.yaml:8: parameters.x.value: 010 means 8" in n for n in study.notes
    )


def test_the_last_of_two_equal_keys_counts(load):
    study = load_parameters(load, "x: {value: 1}", "x: {value: 2}")
    assert study.parameters["x"].domain == Constant(2)
    assert any("appears twice" in note for note in study.notes)


def test_repeated_values_are_drawn_more_often_and_tried_once_by_a_grid(load):
    drawn = load_parameters(load, "x: {values: [a, a, b, b]}", "y: {values: [a, a, b]}")
    assert drawn.parameters["x"].domain == Choice(("a", "b"), (0.5, 0.5))
    assert drawn.parameters["y"].domain.probabilities == pytest.approx((2 / 3, 1 / 3))
    grid = load_parameters(load, "x: {values: [a, a, b]}", method="grid")
    assert grid.parameters["x"].domain == Choice(("a", "b"))


def test_lists_of_booleans_and_names_with_spaces_are_values_and_names(load):
    study = load_parameters(
        load,
        "x: {values: [[true, false], [false]]}",
        "learning rate: {min: 0.1, max: 1.0}",
    )
    assert study.parameters["x"].domain == Choice(([True, False], [False]))
    assert "learning rate" in study.parameters


@pytest.mark.parametrize(
    "entry, also",
    [
        ("{distribution: q_log_uniform_values, min: 1, max: 100, q: 5}", "0"),
        ("{distribution: q_uniform, min: 0.1, max: 1, q: 0.25}", "0"),
        ("{distribution: q_uniform, min: 1, max: 11, q: 4}", "0 and 12"),
        ("{distribution: q_log_uniform, min: 0, max: 2, q: 1}", None),
        ("{distribution: q_uniform, min: 0, max: 1, q: 0.25}", None),
    ],
)
def test_values_that_wandb_rounds_beyond_a_bound_are_named(load, entry, also):
    notes = load_parameters(load, f"x: {entry}").notes
    found = [note for note in notes if "W&B rounds to multiples" in note]
    assert len(found) == (also is not None)
    assert all(f"so also draws {also}" in note for note in found)
