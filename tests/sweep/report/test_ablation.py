"""The ablation table."""

import numpy as np
import pytest

from sweep.report.ablation import ablation_tables
from sweep.report.evidence import gather
from sweep.statistics import family
from sweep.statistics.power_of_family import detect, smallest_effect


def by_arm(table):
    keys = [column.key for column in table.columns]
    return {row[0].text: dict(zip(keys, row, strict=True)) for row in table.rows}


def said(table):
    return " ".join(note.text for note in table.notes)


@pytest.fixture
def table(ladder):
    return ablation_tables(gather(ladder))[0]


def test_one_row_an_arm_with_check_marks_of_its_components(table):
    checks = {
        arm: [cells["component.focal"].text, cells["component.dice"].text]
        for arm, cells in by_arm(table).items()
    }
    assert checks == {
        "baseline": ["", ""],
        "+ focal": ["✓", ""],
        "+ dice": ["✓", "✓"],
        "− focal": ["", "✓"],
    }


def test_a_rung_keeps_its_components_even_where_a_later_one_overrides_a_setting(
    study, curve_to, run_all
):
    writer = study(
        """
name: rungs
trainer: own_trainer:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 3, w: {min: 0.0, max: 2.0}}
ablation: {baseline: {w: 0.0}, designs: {ladder: {"+ dice": {w: 1.0}, "+ more dice": {w: 1.8}}}}
report: {metrics: [test/f1]}
"""
    )
    run_all(
        writer, lambda arm, seed, _: curve_to(0.5 + arm.config["w"] / 10 + seed / 100)
    )
    cells = by_arm(ablation_tables(gather(writer.history()))[0])
    assert cells["+ more dice"]["component.dice"].values == {"": True}


def test_changes_are_against_the_arms_own_reference_and_the_step_before(ladder, table):
    evidence, cells = gather(ladder), by_arm(table)
    for arm, column, other in (
        ("+ dice", "test/f1.change", "baseline"),
        ("+ dice", "test/f1.step", "+ focal"),
        ("− focal", "test/f1.change", "+ dice"),
    ):
        expected = evidence.pairs(arm, other, "test/f1")["difference"].mean()
        assert cells[arm][column].values["mean"] == pytest.approx(expected)
    assert cells["baseline"]["test/f1.change"].text == ""
    assert cells["− focal"]["reference"].text == "+ dice"


def test_each_number_names_the_trials_behind_it(ladder, table):
    labels = {number: trial.label for number, trial in ladder.trials.items()}
    for arm, cells in by_arm(table).items():
        assert {labels[t] for t in cells["test/f1"].trials} == {arm}
        assert len(cells["test/f1"].trials) == 6
    assert {labels[t] for t in by_arm(table)["− focal"]["test/f1.change"].trials} == {
        "− focal",
        "+ dice",
    }


def test_interval_and_p_are_of_one_procedure_over_all_arms(ladder, table):
    evidence = gather(ladder)
    pairs = [("+ focal", "baseline"), ("+ dice", "baseline"), ("− focal", "+ dice")]
    arms = np.column_stack([evidence.values(arm, "test/f1") for arm, _ in pairs])
    references = np.column_stack(
        [evidence.values(other, "test/f1") for _, other in pairs]
    )
    expected = family.compare(arms, references)
    for (arm, _), contrast in zip(pairs, expected.contrasts, strict=True):
        change = by_arm(table)[arm]["test/f1.change"].values
        p = by_arm(table)[arm]["test/f1.p"].values
        assert (change["low"], change["high"]) == (contrast.low, contrast.high)
        assert (p["adjusted"], p["raw"], p["method"]) == (
            contrast.p,
            contrast.own_p,
            "max_t",
        )
    assert "One family of 3 comparisons" in said(table)
    assert "max-T over all 32 joint sign flips" in said(table)


def test_no_interval_contradicts_its_p_value(ladder):
    for confidence in (0.5, 0.8, 0.9, 0.95):
        table = ablation_tables(gather(ladder, confidence=confidence))[0]
        for cells in list(by_arm(table).values())[1:]:
            change, p = cells["test/f1.change"].values, cells["test/f1.p"].values
            excludes = change["low"] > 0 or change["high"] < 0
            assert excludes == (p["adjusted"] <= 1 - confidence + 1e-9)


def test_fewer_than_six_seeds_are_tested_by_t_which_is_said(
    study, ladder_study, curve_to, run_all
):
    writer = study(ladder_study.replace("[0, 1, 2, 3, 4, 5]", "[0, 1, 2, 3, 4]"))
    run_all(writer, lambda arm, seed, _: curve_to(0.6 + seed**2 / 100 * len(arm.name)))
    table = ablation_tables(gather(writer.history()))[0]
    assert by_arm(table)["+ focal"]["test/f1.p"].values["method"] == "holm_t"
    assert "assumes normal differences (sign flips need 6 seeds)" in said(table)


def test_the_smallest_change_that_is_found_is_that_of_the_procedure(table):
    effect = smallest_effect(6, 3)
    assert f"at 6 seeds and 3 comparisons: {effect:.2f} standard deviations" in said(
        table
    )
    assert f"{detect(1.0, 1.0, 3)} seeds find one standard deviation" in said(table)


def test_a_note_says_that_changes_hold_for_this_split(table):
    assert "for this split" in said(table)


TWO_METRICS = "report: {metrics: [test/f1], compare: [test/loss, test/rare]}"


def test_several_compared_metrics_show_change_interval_and_p_as_one_family(
    study, ladder_study, curve_to, run_all
):
    text = ladder_study.replace("report: {metrics: [test/f1, test/loss]}", TWO_METRICS)
    writer = study(text)
    run_all(
        writer,
        lambda arm, seed, _: curve_to(
            0.6 + len(arm.name) * seed**2 / 500,
            **{"test/rare": 0.1 * len(arm.name) + seed / 50},
        ),
    )
    table = ablation_tables(gather(writer.history()))[0]
    shown = [table.columns[i].key for i in table.shown()]
    for metric in ("test/loss", "test/rare"):
        assert f"{metric}.change" in shown
        assert f"{metric}.p" in shown
    assert "test/f1" in shown
    assert "test/f1.change" not in shown
    assert "Δ: test/loss and test/rare of the arm minus its reference" in said(table)


def test_the_best_is_bold_in_each_metric(table):
    cells = by_arm(table)
    assert cells["+ focal"]["test/f1"].bold
    assert not cells["baseline"]["test/f1"].bold
    assert not cells["baseline"]["test/loss"].bold


def test_fewer_than_three_seeds_give_neither_interval_nor_test_nor_bold(
    study, ladder_study, curve_to, run_all
):
    writer = study(ladder_study.replace("[0, 1, 2, 3, 4, 5]", "[0, 1]"))
    run_all(
        writer,
        lambda arm, seed, _: curve_to(
            0.6 + 0.01 * seed + 0.1 * (arm.name == "+ focal")
        ),
    )
    table = ablation_tables(gather(writer.history()))[0]
    cells = by_arm(table)["+ focal"]
    assert "[" not in cells["test/f1.change"].text
    assert cells["test/f1.p"].values["adjusted"] is None
    assert not any(cell.bold for row in table.rows for cell in row)
    assert "2 seeds: no test" in said(table)


def test_an_incomplete_arm_is_marked_and_counts_its_runs(study, curve_to, run_all):
    writer = study()
    run_all(
        writer,
        lambda arm, seed, _: (
            None
            if (arm.name, seed) == ("+ dice", 5)
            else curve_to(0.6 + len(arm.name) * seed**2 / 500)
        ),
    )
    table = ablation_tables(gather(writer.history()))[0]
    cells = by_arm(table)["+ dice"]
    assert cells["runs"].text == "5 of 6"
    (mark,) = cells["arm"].marks
    assert next(note.text for note in table.notes if note.mark == mark).startswith(
        "+ dice: 5 of 6 runs"
    )
    assert by_arm(table)["baseline"]["arm"].marks == ()


def test_an_arm_without_any_run_has_a_row_of_dashes(study, curve_to, run_all):
    writer = study()
    run_all(
        writer,
        lambda arm, seed, _: (
            None if arm.name == "+ dice" else curve_to(0.6 + seed / 100)
        ),
    )
    cells = by_arm(ablation_tables(gather(writer.history()))[0])["+ dice"]
    assert (
        cells["test/f1"].text,
        cells["test/f1.change"].text,
        cells["runs"].text,
    ) == (
        "–",
        "–",
        "0 of 6",
    )


def test_a_study_whose_arms_are_not_decided_has_no_table(study):
    assert ablation_tables(gather(study().history())) == []


def test_a_metric_that_nothing_reported_yet_leaves_dashes_and_a_note(
    study, ladder_study, curve_to, run_all
):
    writer = study(
        ladder_study.replace("[test/f1, test/loss]", "[test/later, test/f1]")
    )
    run_all(writer, lambda arm, seed, _: curve_to(0.6 + seed / 100))
    table = ablation_tables(gather(writer.history()))[0]
    cells = by_arm(table)["+ focal"]
    assert (cells["test/later"].text, cells["test/later.change"].text) == ("–", "–")
    assert cells["test/f1"].values["n"] == 6
    assert "test/later was not reported at the selected epoch" in said(table)


def test_the_family_of_tests_counts_a_configuration_once(study, curve_to, run_all):
    writer = study(
        """
name: twice
trainer: own_trainer:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 3, w: {min: 0.0, max: 2.0}}
ablation:
  baseline: {w: 0.0}
  designs: {ladder: {"+ w": {w: 1.0}}, factorial: {w: [0.0, 1.0]}}
report: {metrics: [test/f1]}
"""
    )
    run_all(
        writer,
        lambda arm, seed, _: curve_to(
            0.5 + arm.config["w"] * (0.1 + seed**2 / 100) + seed / 100
        ),
    )
    table = ablation_tables(gather(writer.history()))[0]
    assert "One comparison" in said(table)
    (unchanged,) = (
        cells for arm, cells in by_arm(table).items() if arm.startswith("w=0")
    )
    assert unchanged["test/f1.change"].text == "= baseline"


def test_folds_have_no_interval_of_the_mean(study, curve_to, run_all):
    writer = study(
        """
name: folds
trainer: own_trainer:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 3, w: {min: 0.0, max: 2.0}}
ablation: {baseline: {w: 0.0}, seeds: [0], folds: 5, designs: {arms: {heavy: {w: 1.0}}}}
report: {metrics: [test/f1]}
"""
    )
    run_all(
        writer,
        lambda arm, seed, fold: curve_to(
            0.5 + fold**2 / 100 * (1 + arm.config["w"] / 10)
        ),
    )
    table = ablation_tables(gather(writer.history()))[0]
    cells = by_arm(table)["heavy"]
    assert cells["test/f1"].values.keys() == {"mean", "sd", "n"}
    assert cells["test/f1.p"].values["method"] == "corrected_t"
    assert "corrected for overlapping training sets (Nadeau & Bengio 2003)" in said(
        table
    )
    assert table.title.endswith("over 1 seed × 5 folds")
