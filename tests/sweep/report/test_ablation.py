"""The ablation table."""

import pytest
from scipy import stats

from sweep.report.ablation import ablation_tables
from sweep.report.evidence import gather


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
    run_all(writer, lambda arm, seed, _: curve_to(0.5 + arm.config["w"] / 10 + seed / 100))
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


def test_p_values_are_holms_over_all_arms_and_raw_ones_are_kept(table):
    p = [cells["test/f1.p"].values for arm, cells in by_arm(table).items() if arm != "baseline"]
    assert [values["raw"] for values in p] == [2 / 2**6] * 3
    assert [values["adjusted"] for values in p] == [3 * 2 / 2**6] * 3


def test_a_test_that_cannot_reject_says_so_and_how_many_seeds_can(table):
    assert "returns no p-value below 0.0312, with 3 comparisons none below 0.0938" in said(table)
    assert "before 7 seeds" in said(table)


def test_the_t_test_makes_no_such_excuse(ladder):
    table = ablation_tables(gather(ladder, method="t"))[0]
    assert "no p-value below" not in said(table)
    evidence = gather(ladder)
    expected = stats.ttest_1samp(
        evidence.pairs("+ focal", "baseline", "test/f1")["difference"], 0
    ).pvalue
    assert by_arm(table)["+ focal"]["test/f1.p"].values["raw"] == pytest.approx(expected)


def test_the_smallest_detectable_change_is_told(table):
    assert "Smallest detectable change at 6 seeds and 3 comparisons" in said(table)


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
        writer, lambda arm, seed, _: curve_to(0.6 + 0.01 * seed + 0.1 * (arm.name == "+ focal"))
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
            None if (arm.name, seed) == ("+ dice", 5) else curve_to(0.6 + seed / 100)
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
        writer, lambda arm, seed, _: None if arm.name == "+ dice" else curve_to(0.6 + seed / 100)
    )
    cells = by_arm(ablation_tables(gather(writer.history()))[0])["+ dice"]
    assert (cells["test/f1"].text, cells["test/f1.change"].text, cells["runs"].text) == (
        "–",
        "–",
        "0 of 6",
    )


def test_a_study_whose_arms_are_not_decided_has_no_table(study):
    assert ablation_tables(gather(study().history())) == []


def test_a_metric_that_nothing_reported_yet_leaves_dashes_and_a_note(
    study, ladder_study, curve_to, run_all
):
    writer = study(ladder_study.replace("[test/f1, test/loss]", "[test/later, test/f1]"))
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
        lambda arm, seed, _: curve_to(0.5 + arm.config["w"] * (0.1 + seed**2 / 100) + seed / 100),
    )
    table = ablation_tables(gather(writer.history()))[0]
    assert "over 1 comparison" in said(table)
    (unchanged,) = (cells for arm, cells in by_arm(table).items() if arm.startswith("w=0"))
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
        writer, lambda arm, seed, fold: curve_to(0.5 + fold**2 / 100 * (1 + arm.config["w"] / 10))
    )
    table = ablation_tables(gather(writer.history()))[0]
    cells = by_arm(table)["heavy"]
    assert cells["test/f1"].values.keys() == {"mean", "sd", "n"}
    assert cells["test/f1.p"].values["method"] == "corrected_t"
    assert "corrected for correlated folds (Nadeau & Bengio 2003)" in said(table)
    assert table.title.endswith("over 1 seed × 5 folds")
