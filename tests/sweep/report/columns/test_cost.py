"""Cost: the epochs of an arm's runs and their worker time."""

import pytest

from sweep.report import gather
from sweep.report.columns.cost import columns
from sweep.report.table import Notes


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


def test_the_first_run_of_a_session_is_left_out_of_two(study, curve_to, shown):
    writer = study()
    (baseline, focal, *_) = writer.decide()
    for arm in (baseline, focal):
        for seed in (0, 1):
            slow = 30.0 if (arm, seed) == (baseline, 0) else 0.0
            writer.trial(
                arm.config, curve_to(0.6), seed=seed, overhead=0.5 + seed + slow
            )
    cells = shown(columns, gather(writer.history()))
    assert cells["baseline"]["seconds"].values == {"": 4.5, "total": 3.5 + 4.5 + 30.0}
    assert cells["+ focal"]["seconds"].values[""] == 3.5, (
        "of two middle ones the shorter"
    )


def test_a_time_from_only_the_first_trial_of_a_session_is_noted(study, curve_to, shown):
    writer = study()
    (baseline, focal, *_) = writer.decide()
    for arm in (baseline, focal):
        writer.trial(arm.config, curve_to(0.6), seed=0, overhead=0.5)
    notes = Notes()
    columns(gather(writer.history()), notes)
    (said,) = notes.all()
    assert (
        said.text
        == "Time per run includes imports for arms that have only a session's first trial"
    )
    assert said.trials == (0,)


def test_a_missing_run_costs_nothing(study, curve_to, run_all, shown):
    writer = study()
    run_all(
        writer,
        lambda arm, seed, _: (
            None if (arm.name, seed) == ("+ dice", 5) else curve_to(0.6)
        ),
    )
    cells = shown(columns, gather(writer.history()))["+ dice"]
    assert cells["seconds"].values["total"] == pytest.approx(5 * 3.5)


def test_an_arm_without_a_run_has_no_cost(study, curve_to, run_all, shown):
    writer = study()
    run_all(
        writer, lambda arm, seed, _: None if arm.name == "+ dice" else curve_to(0.6)
    )
    cells = shown(columns, gather(writer.history()))["+ dice"]
    assert [cells[key].text for key in ("epochs", "seconds")] == ["–", "–"]
