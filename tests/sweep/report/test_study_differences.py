"""What makes two studies unlike beside their arms."""

from dataclasses import replace

import pytest

from sweep.model.events import Notice, RunsImported
from sweep.model.trial import State
from sweep.report.evidence import gather
from sweep.report.study_differences import differences, is_elsewhere

METRIC = "test/f1"


@pytest.fixture
def of(study, curve_to, run_all):
    """The evidence of a study whose runs end at `level`."""

    def make(text, level=0.5):
        writer = study(text)
        run_all(writer, lambda arm, seed, _: curve_to(level + 0.01 * seed))
        return gather(writer.history(), metrics=[METRIC])

    return make


def said(first, second):
    return list(differences({"mine": first, "theirs": second}, METRIC))


def test_equal_studies_have_no_differences(of, ladder_study):
    assert said(of(ladder_study), of(ladder_study)) == []


def test_different_seeds_are_noted_and_none_in_common_forbids_comparison(
    of, ladder_study
):
    some = ladder_study.replace("[0, 1, 2, 3, 4, 5]", "[0, 1, 2, 7]")
    none = ladder_study.replace("[0, 1, 2, 3, 4, 5]", "[10, 11, 12]")
    (text,) = said(of(ladder_study), of(some))
    assert "over 3 common seeds only (seeds 0–5 in mine, 0–2, 7 in theirs)" in text
    (text,) = said(of(ladder_study), of(none))
    assert "the studies share no seed" in text


def test_percent_against_fractions_is_noted(of, ladder_study):
    mine, theirs = of(ladder_study), of(ladder_study)
    theirs.results[METRIC] *= 100
    (text,) = said(mine, theirs)
    assert (
        "about 100 times larger in theirs than in mine: is one of them in percent"
        in text
    )


def test_runs_that_did_not_complete_are_counted_by_arm(of, ladder_study):
    theirs = of(ladder_study)
    theirs.results.loc[theirs.results["arm"] == "baseline", "state"] = (
        State.FAILED.value
    )
    assert "theirs: runs did not complete and are left out (baseline: 0 of 6)" in said(
        of(ladder_study), theirs
    )


def test_different_or_unknown_numbers_of_epochs_are_noted(of, ladder_study):
    mine, theirs = of(ladder_study), of(ladder_study)
    for number, trial in theirs.history.trials.items():
        theirs.history.trials[number] = replace(trial, reports=trial.reports[:2])
    assert any(
        text.startswith("epochs trained:") and text.endswith("2 in theirs")
        for text in said(mine, theirs)
    )
    source = RunsImported(format="CSV", files={}, columns="arm: arm · metric: acc")
    theirs.history.imports.append(source)
    assert is_elsewhere(theirs.history)
    assert any("not stated in theirs" in text for text in said(mine, theirs))


def test_a_different_goal_is_noted(of, ladder_study):
    mine, theirs = of(ladder_study), of(ladder_study.replace("maximize", "minimize"))
    assert f"{METRIC} is to be maximized in mine, minimized in theirs" in said(
        mine, theirs
    )


def test_notices_of_a_study_are_repeated(of, ladder_study):
    theirs = of(ladder_study)
    theirs.history.notices.append(Notice("the source has no seeds"))
    theirs.history.notices.append(Notice("of a trial", trial=0))
    assert said(of(ladder_study), theirs) == ["theirs: the source has no seeds"]


def test_data_splits_of_different_sizes_are_noted(of, ladder_study):
    mine, theirs = of(ladder_study), of(ladder_study)
    for size, evidence in ((100.0, mine), (50.0, theirs)):
        for number, trial in evidence.history.trials.items():
            last = trial.reports[-1]
            sized = replace(last, metrics={**last.metrics, "split/test": size})
            evidence.history.trials[number] = replace(trial, reports=(sized,))
    assert "split/test differs: 100 in mine, 50 in theirs" in said(mine, theirs)
