"""Cost: the runs behind a row, their epochs and their worker time."""

import pytest

from sweep.report import gather
from sweep.report.columns.cost import columns
from sweep.report.table import Notes


def test_runs_epochs_and_seconds_are_those_of_the_arms_complete_runs(laddered, shown):
    cells = shown(columns, laddered)["+ focal"]
    assert (cells["runs"].text, cells["runs"].values) == ("6", {"": 6, "planned": 6})
    assert cells["epochs"].values == {"": 3.0}
    assert cells["seconds"].values == {"": 3.5, "total": 21.0}
    assert len(cells["seconds"].trials) == 6


def test_a_first_trial_that_also_imported_does_not_count_in_the_time_of_a_run(
    study, curve_to, shown
):
    writer = study()
    (baseline, *_) = writer.decide()
    for seed in range(6):
        slow = 30.0 if seed == 0 else 0.0
        writer.trial(baseline.config, curve_to(0.6), seed=seed, overhead=0.5 + slow)
    cells = shown(columns, gather(writer.history()))["baseline"]
    assert cells["seconds"].values == {"": 3.5, "total": 6 * 3.5 + 30.0}


def test_missing_runs_are_counted_against_those_planned(study, curve_to, run_all, shown):
    writer = study()
    run_all(
        writer, lambda arm, seed, _: None if (arm.name, seed) == ("+ dice", 5) else curve_to(0.6)
    )
    cells = shown(columns, gather(writer.history()))["+ dice"]
    assert cells["runs"].text == "5 of 6"
    assert cells["seconds"].values["total"] == pytest.approx(5 * 3.5)


def test_an_arm_without_a_run_has_no_cost(study, curve_to, run_all, shown):
    writer = study()
    run_all(writer, lambda arm, seed, _: None if arm.name == "+ dice" else curve_to(0.6))
    cells = shown(columns, gather(writer.history()))["+ dice"]
    assert [cells[key].text for key in ("runs", "epochs", "seconds")] == ["0 of 6", "–", "–"]


def test_with_folds_a_row_counts_runs_not_seeds(study, ladder_study, laddered):
    folded = study(ladder_study.replace("seeds: [0, 1, 2, 3, 4, 5]", "seeds: [0]\n  folds: 3"))
    folded.decide()
    titles = [
        columns(evidence, Notes()).columns[0].title
        for evidence in (laddered, gather(folded.history()))
    ]
    assert titles == ["Seeds", "Runs"]
