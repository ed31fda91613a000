"""The provenance table: what the numbers were made with, from the log."""

from dataclasses import replace

import pytest

from sweep.report import gather
from sweep.report.provenance_table import provenance_tables


def facts(history):
    (table,) = provenance_tables(gather(history))
    return {row[0].text: row[1].text for row in table.rows}


def test_the_provenance_table_has_settings_space_seeds_code_and_versions(ladder):
    said = facts(ladder)
    assert said["Fixed settings"] == "epochs = 3"
    assert said["Space of loss_type"] == "one of: ce, focal (scientific)"
    assert said["Baseline"] == "loss_type = ce, dice_weight = 0"
    assert said["Seeds of the ablation"] == "0–5"
    assert said["Code (SHA-256)"] == "aaaa"
    assert "torch 2.13.0" in said["Versions"]
    assert said["Started"].startswith(
        "1970-01-01 00:16"
    )  # the clock of these tests begins at 1000
    assert said["Host"] == "h"


def test_a_study_that_has_not_ended_has_a_last_record_and_no_end(ladder):
    assert "Ended" in facts(ladder)
    open_session = replace(ladder.sessions[-1], ended="", ended_at=None)
    shown = facts(replace(ladder, sessions=[open_session]))
    assert "Ended" not in shown
    assert shown["Last record"].startswith("1970-01-01")


@pytest.fixture
def full_study(study, curve_to):
    writer = study(
        """
name: searched
trainer: own_trainer:train
metric: {name: val/f1, goal: maximize}
parameters:
  learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 1e-2, role: nuisance}
search: {method: random, trials: 40}
early_terminate: {type: asha, min_iter: 3, eta: 3}
"""
    )
    writer.trial({"learning_rate": 0.001}, curve_to(0.5), stage="search", label="search 0",
                 attributes={"suggestion": 0, "memory": {}})  # fmt: skip
    return writer.history()


def test_a_search_names_its_sampler_and_what_stops_trials(full_study):
    said = facts(full_study)
    assert said["Sampler"] == "random, 40 trials, seeds 0"
    assert said["Early termination"].startswith("asha (")
    assert "logarithmic scale (nuisance)" in said["Space of learning_rate"]


def test_sessions_that_differ_are_all_named(study, curve_to, run_all):
    writer = study()
    run_all(writer, lambda *_: curve_to(0.5))
    writer.session(torch="2.14.0")
    assert "torch 2.13.0 then 2.14.0" in facts(writer.history())["Versions"]


def test_a_study_without_trials_has_none(study):
    assert provenance_tables(gather(study().history())) == []
