"""The choice among noisy curves: a mean of epochs in a row beside the best single epoch."""

import pytest

from sweep.report.evidence import gather
from sweep.report.final_choice import best_window, final_choice
from sweep.report.search_table import search_tables
from tests.sweep.report.search_study import SEARCH

LUCKY = [0.5] * 6 + [0.9] + [0.5] * 5
STEADY = [0.5] * 4 + [0.8] * 8


def searched(study, *curves):
    writer = study(SEARCH)
    for number, curve in enumerate(curves):
        config = {
            "epochs": len(curve),
            "loss_type": "focal",
            "focal_gamma": 1.0 + number,
        }
        reports = [{"val/f1": value} for value in curve]
        for seed in (0, 1):
            writer.trial(
                config, reports, seed=seed, stage="search", label=f"search {number}"
            )
    return gather(writer.history())


def choice_in(evidence):
    (table,) = search_tables(evidence)
    return [note.text for note in table.notes if note.text.startswith("Final choice")]


def test_one_lucky_epoch_does_not_make_the_choice(study):
    (said,) = choice_in(searched(study, LUCKY, STEADY))
    assert "the configuration of trials 2, 3 comes first (0.8)" in said
    assert (
        "not the configuration of trials 0, 1 (0.58), which is ranked first by its best epoch"
        in said
    )


def test_that_both_agree_is_said_too(study):
    (said,) = choice_in(searched(study, [0.4] * 12, STEADY))
    assert said.startswith(
        "Final choice: the configuration of trials 2, 3 also comes first by the mean of 5 epochs"
    )


def test_short_curves_say_nothing(study):
    assert choice_in(searched(study, LUCKY[:9], STEADY[:9])) == []
    assert final_choice(searched(study, STEADY), []) is None


@pytest.mark.parametrize(("goal", "value"), [("maximize", 0.58), ("minimize", 0.5)])
def test_the_best_window_by_the_goal(goal, value):
    assert best_window(LUCKY, goal) == pytest.approx(value)
