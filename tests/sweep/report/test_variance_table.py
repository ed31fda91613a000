"""The table of variance components, from a log whose sources are known."""

import math

import pytest

from sweep.ablation.variance_stage import squares
from sweep.report import build_tables, gather
from tests.sweep.report.rows import by_row

STUDY = """
name: variance
trainer: own_trainer:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 3, loss: {values: [ce, focal]}}
ablation:
  baseline: {loss: ce}
  seeds: [0, 1, 2, 3, 4, 5, 6, 7]
  variance: {levels: 4}
  designs: {arms: {focal: {loss: focal}}}
report: {metrics: [test/f1]}
"""
SPLIT = [0.0, 0.1, -0.1, 0.05]


@pytest.fixture
def evidence(study, curve_to):
    """`evidence(runs=…)`: the split moves the metric by up to 0.1, and nothing else by much."""

    def evidence(runs=16):
        writer = study(STUDY)
        baseline = writer.decide()[0]
        for number, seeds in enumerate(squares(writer.spec)[:runs]):
            noise = [0.001, -0.001, 0.002, -0.002, 0.0][number % 5]
            curve = curve_to(0.6 + SPLIT[seeds["split"]] + noise)
            attributes = {"seeds": seeds, "group": "baseline"}
            fields = {"seed": number, "stage": "variance", "attributes": attributes}
            writer.trial(baseline.config, curve, **fields)
        return gather(writer.history())

    return evidence


def table(evidence, name):
    (found,) = [
        each for each in build_tables(evidence, ["variance"]) if each.name == name
    ]
    return found


def test_the_source_that_varies_has_the_variance(evidence):
    rows = by_row(table(evidence(), "variance"))
    assert list(rows) == ["split", "init", "order", "rest"]
    assert rows["split"]["share"].values[""] > 0.99
    sd = math.sqrt(sum((x - sum(SPLIT) / 4) ** 2 for x in SPLIT) / 3)
    assert rows["split"]["sd"].values[""] == pytest.approx(sd, rel=0.05)


def test_the_best_use_of_a_budget_follows_from_it(evidence):
    best = table(evidence(), "allocation").rows[0]
    assert (best[0].text, best[1].text) == ("8", "1")


def test_few_degrees_of_freedom_are_noted(evidence):
    notes = [note.text for note in table(evidence(), "variance").notes]
    assert any("Intervals are rough" in note for note in notes)


def test_too_few_runs_give_no_analysis_and_say_why(evidence):
    found = table(evidence(runs=4), "variance")
    assert found.rows == ()
    assert any(note.text.startswith("No analysis: ") for note in found.notes)
    assert any("4 of 16 runs" in note.text for note in found.notes)


def test_runs_of_the_variance_stage_do_not_count_for_arms(evidence):
    assert evidence().complete.empty


def test_a_study_without_variance_has_no_variance_table(ladder):
    assert build_tables(gather(ladder), ["variance"]) == ()
