"""Runs: how many complete runs stand behind a row."""

from sweep.report import gather
from sweep.report.columns.runs import columns
from sweep.report.table import Notes


def test_runs_are_those_of_the_arms_complete_trials(laddered, shown):
    runs = shown(columns, laddered)["+ focal"]["runs"]
    assert (runs.text, runs.values) == ("6", {"": 6, "planned": 6})
    assert len(runs.trials) == 6


def test_missing_runs_are_counted_against_those_planned(
    study, curve_to, run_all, shown
):
    writer = study()
    run_all(
        writer,
        lambda arm, seed, _: (
            None if (arm.name, seed) == ("+ dice", 5) else curve_to(0.6)
        ),
    )
    assert shown(columns, gather(writer.history()))["+ dice"]["runs"].text == "5 of 6"


def test_an_arm_without_a_run_says_so(study, curve_to, run_all, shown):
    writer = study()
    run_all(
        writer, lambda arm, seed, _: None if arm.name == "+ dice" else curve_to(0.6)
    )
    assert shown(columns, gather(writer.history()))["+ dice"]["runs"].text == "0 of 6"


def test_with_folds_a_row_counts_runs_not_seeds(study, ladder_study, laddered):
    folded = study(
        ladder_study.replace("seeds: [0, 1, 2, 3, 4, 5]", "seeds: [0]\n  folds: 3")
    )
    folded.decide()
    titles = [
        columns(evidence, Notes()).columns[0].title
        for evidence in (laddered, gather(folded.history()))
    ]
    assert titles == ["Seeds", "Runs"]
