"""Cost: the epochs of an arm's runs and their worker time."""

import pytest

from sweep.report import gather
from sweep.report.columns.cost import columns


def test_epochs_and_seconds_are_those_of_the_arms_complete_runs(laddered, shown):
    cells = shown(columns, laddered)["+ focal"]
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


def test_a_missing_run_costs_nothing(study, curve_to, run_all, shown):
    writer = study()
    run_all(
        writer, lambda arm, seed, _: None if (arm.name, seed) == ("+ dice", 5) else curve_to(0.6)
    )
    cells = shown(columns, gather(writer.history()))["+ dice"]
    assert cells["seconds"].values["total"] == pytest.approx(5 * 3.5)


def test_an_arm_without_a_run_has_no_cost(study, curve_to, run_all, shown):
    writer = study()
    run_all(writer, lambda arm, seed, _: None if arm.name == "+ dice" else curve_to(0.6))
    cells = shown(columns, gather(writer.history()))["+ dice"]
    assert [cells[key].text for key in ("epochs", "seconds")] == ["–", "–"]
