"""The choice among noisy curves: a mean of epochs in a row beside the best single epoch."""

from sweep.report.evidence import gather
from sweep.report.final_choice import final_choice
from sweep.report.search_table import search_tables
from tests.sweep.report.search_study import SEARCH

LUCKY = [0.5] * 6 + [0.9] + [0.5] * 5
STEADY = [0.5] * 4 + [0.8] * 8


def searched(study, *curves, text=SEARCH):
    writer = study(text)
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
        "not the configuration of trials 0, 1 (0.6), which is ranked first by its best epoch"
        in said
    )


def test_a_note_says_when_both_rules_agree(study):
    (said,) = choice_in(searched(study, [0.4] * 12, STEADY))
    assert said.startswith(
        "Final choice: the configuration of trials 2, 3 also comes first by the mean of 5 epochs"
    )


def test_short_curves_give_no_final_choice_note(study):
    assert choice_in(searched(study, LUCKY[:9], STEADY[:9])) == []
    assert final_choice(searched(study, STEADY), []) is None


SMOOTHED = SEARCH + "report: {select: smoothed}\n"


def test_a_smoothed_choice_says_what_the_best_epoch_would_have_chosen(study):
    evidence = searched(study, LUCKY, STEADY, text=SMOOTHED)
    (table,) = search_tables(evidence)
    assert [row[0].text for row in table.rows] == ["1", "2"]
    assert [row[1].text for row in table.rows] == ["2, 3", "0, 1"]
    (said,) = choice_in(evidence)
    assert (
        "the configuration of trials 2, 3 comes first by the mean of 5 epochs" in said
    )
    assert (
        "by its best epoch it would be the configuration of trials 0, 1 (0.9)" in said
    )


def test_a_smoothed_choice_that_the_best_epoch_shares_says_so(study):
    (said,) = choice_in(searched(study, [0.4] * 12, STEADY, text=SMOOTHED))
    assert said.endswith("(0.8), and by its best epoch as well")
