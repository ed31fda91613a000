"""Studies side by side: what they share, how they differ, and what a difference may
come from instead."""

import numpy as np
import pytest

from sweep import report
from sweep.errors import UsageError
from sweep.model.events import RunsImported
from sweep.statistics import family
from tests.sweep.conftest import Bench
from tests.sweep.session.searches import SCHEDULED, populated


@pytest.fixture
def two(study, curve_to, run_all):
    """Two runs of the ladder study, the second better by a known amount for each seed."""

    def make(text, gain=0.0, **environment):
        writer = study(text)
        if environment:
            writer.session(**environment)
        run_all(
            writer, lambda arm, seed, _: curve_to(0.5 + 0.01 * seed + gain * (1 + seed))
        )
        return writer.history()

    return make


def cell(table, arm, column):
    row = next(r for r in table.rows if r[0].text == arm)
    return row[[c.key for c in table.columns].index(column)]


def test_the_change_is_paired_by_seed(two, ladder_study):
    table = report.compare(
        {"old": two(ladder_study), "new": two(ladder_study, gain=0.01)}
    )
    change = cell(table, "baseline", "new.change")
    differences = 0.01 * (1 + np.arange(6))
    arms = np.tile(
        differences[:, None], 4
    )  # all four arms gain alike, and are one family
    expected = family.compare(arms, np.zeros(6)).contrasts[0]
    assert change.values["mean"] == pytest.approx(differences.mean())
    assert change.values["low"] == pytest.approx(expected.low)
    assert change.values["high"] == pytest.approx(expected.high)
    assert change.values["p"] == expected.p
    assert any("One family of 4 comparisons" in note.text for note in table.notes)


def test_only_common_seeds_are_paired(two, ladder_study):
    fewer = ladder_study.replace("seeds: [0, 1, 2, 3, 4, 5]", "seeds: [0, 1, 2, 3]")
    table = report.compare({"old": two(ladder_study), "new": two(fewer, gain=0.01)})
    assert cell(table, "baseline", "new.change").values["pairs"] == 4
    assert cell(table, "baseline", "old.runs").text == "6"


def test_every_number_names_its_trials(two, ladder_study):
    table = report.compare({"old": two(ladder_study), "new": two(ladder_study)})
    assert len(cell(table, "baseline", "old").trials) == 6


def test_different_code_is_a_caveat(two, ladder_study):
    table = report.compare(
        {"old": two(ladder_study), "new": two(ladder_study, code="bbbb")}
    )
    assert any("code differs" in note.text for note in table.notes)


def test_an_arm_of_one_name_and_two_configurations_is_marked(two, ladder_study):
    other = ladder_study.replace(
        '"+ dice": {dice_weight: 1.0}', '"+ dice": {dice_weight: 1.5}'
    )
    table = report.compare({"old": two(ladder_study), "new": two(other)})
    marks = cell(table, "+ dice", "arm").marks
    said = {note.mark: note.text for note in table.notes}
    assert any("dice_weight is 1.0 in old, 1.5 in new" in said[mark] for mark in marks)
    assert not cell(table, "baseline", "arm").marks


def test_an_arm_that_one_study_lacks_is_left_empty(two, ladder_study):
    without = ladder_study.replace('      "+ dice": {dice_weight: 1.0}\n', "")
    table = report.compare({"old": two(ladder_study), "new": two(without)})
    assert cell(table, "+ dice", "new").text == ""


def test_studies_that_cannot_be_compared_are_refused(two, ladder_study):
    history = two(ladder_study)
    with pytest.raises(UsageError, match="two studies"):
        report.compare({"old": history})
    with pytest.raises(UsageError, match=r"old reports no test/f2.*report .*test/f1"):
        report.compare({"old": history, "new": two(ladder_study)}, metric="test/f2")


def test_different_libraries_and_files_are_caveats(two, ladder_study):
    old, new = two(ladder_study), two(ladder_study, gain=0.01)
    old.distributions |= {"scikit-learn": "1.3", "fancy": "1.0", "torch": "1"}
    new.distributions |= {"scikit-learn": "1.4", "fancy": "1.0", "torch": "2"}
    old.dependencies |= {
        "labels.json": "1" * 16,
        "same.json": "3" * 16,
        "/only/here": "4" * 16,
    }
    new.dependencies |= {"labels.json": "2" * 16, "same.json": "3" * 16}
    said = [note.text for note in report.compare({"old": old, "new": new}).notes]
    assert "libraries differ: scikit-learn 1.3 in old, 1.4 in new" in said
    assert "files that the trials read or imported differ: labels.json" in said


def test_a_study_that_was_trained_elsewhere_is_said_to_be(two, ladder_study):
    own, theirs, merged = (two(ladder_study) for _ in range(3))
    theirs.imports.append(RunsImported(format="CSV", files={"/runs.csv": "0" * 64}))
    merged.imports.append(RunsImported(format="study", files={"/s/events": "0" * 64}))
    table = report.compare({"own": own, "theirs": theirs, "merged": merged})
    said = [note.text for note in table.notes if "elsewhere" in note.text]
    assert len(said) == 1
    assert said[0].startswith(
        "theirs: trained elsewhere: code, data and seeds as stated"
    )


def test_settings_that_an_import_does_not_state_are_said_once(two, ladder_study):
    own, theirs = two(ladder_study), two(ladder_study)
    for arm in theirs.arms:
        arm.config.clear()
    theirs.imports.append(RunsImported(format="CSV", files={"/runs.csv": "0" * 64}))
    table = report.compare({"own": own, "theirs": theirs})
    said = [note.text for note in table.notes if "does not state" in note.text]
    assert len(said) == 1
    assert "whether arms of one name are of one configuration is not known" in said[0]
    assert not cell(table, "baseline", "arm").marks


def test_schedules_that_differ_are_named_in_words(tmp_path):
    text = populated() + SCHEDULED
    one = Bench(tmp_path / "one", text).run()
    other = Bench(tmp_path / "other", text.replace("seed: 6", "seed: 3")).run()
    table = report.compare({"one": one, "other": other})
    notes = " ".join(note.text for note in table.notes)
    assert "scheduled: x is (" in notes
    assert ", from epoch " in notes
    assert "by_epoch" not in notes


def test_studies_without_arms_are_referred_to_their_own_reports(tmp_path):
    one = Bench(tmp_path / "one", populated()).run()
    with pytest.raises(UsageError, match=r"one, other: there is no arm.*sweep report"):
        report.compare({"one": one, "other": one})
