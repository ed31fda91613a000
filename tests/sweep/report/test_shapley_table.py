"""The Shapley tables: values with intervals and verdicts, their sum, interactions, every subset."""

import pytest

from sweep.report import gather
from sweep.report.ablation import ablation_tables
from sweep.report.shapley_table import shapley_tables


@pytest.fixture
def tables(shared_out):
    """Both tables of a study of three components."""
    return shapley_tables(gather(shared_out()))


def test_a_row_for_each_component_their_sum_and_each_interaction(tables):
    kinds = [row[3].text for row in tables[0].rows]
    assert kinds == ["component"] * 3 + ["sum"] + ["interaction"] * 3


def test_the_sum_is_that_of_the_rows_above(tables):
    values = [row[2].values[""] for row in tables[0].rows]
    assert sum(values[:3]) == pytest.approx(values[3])


def test_every_number_names_its_trials(tables):
    assert all(row[2].trials for row in tables[0].rows)


def test_verdicts_have_their_colour(tables):
    verdict = tables[0].rows[0][1]
    assert (verdict.text, verdict.tone) == ("helps", "good")


def test_every_subset_is_listed_from_the_baseline_to_the_full_one(tables):
    names = [row[0].text for row in tables[1].rows]
    assert names[0] == "baseline"
    assert names[-1] == "focal + Dice + LMSA"
    assert len(names) == 8


def test_a_failed_run_is_named_below_the_subsets(shared_out, shapley_text):
    values, subsets = shapley_tables(gather(shared_out(shapley_text, ("Dice", 2))))
    assert any(
        "Left out" in note.text and "seeds 2" in note.text for note in values.notes
    )
    assert any("Dice: 7 of 8 runs" in note.text for note in subsets.notes)


def test_subsets_are_not_in_the_ablation_table(shared_out):
    (table,) = ablation_tables(gather(shared_out()))
    assert [row[0].text for row in table.rows] == ["baseline"]


def test_a_study_without_the_design_has_no_table(ladder):
    assert shapley_tables(gather(ladder)) == []
