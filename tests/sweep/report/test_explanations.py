"""What the notes under the ablation table say of the changes in it."""

import math
from types import SimpleNamespace

import pytest

from sweep.report.evidence import Comparison
from sweep.report.explanations import explain_changes
from sweep.report.table import Notes
from sweep.statistics.paired import paired_change
from sweep.statistics.power import smallest_detectable_effect


def notes_of(*differences, confidence=0.95):
    """The notes to arms with these paired differences."""
    family = {
        str(at): Comparison(str(at), "baseline", paired_change(sample, confidence=confidence))
        for at, sample in enumerate(differences)
    }
    evidence = SimpleNamespace(
        folds=False,
        metrics=("test/f1",),
        confidence=confidence,
        pair_key=lambda comparison: comparison.arm,
    )
    notes = Notes()
    explain_changes(evidence, family, notes)
    return [note.text for note in notes.all() if note.text.startswith("Smallest detectable")]


def test_the_smallest_detectable_change_is_given_in_the_unit_of_the_metric():
    (note,) = notes_of([0.1, 0.2, 0.3], [1.0, 2.0, 3.0])
    effect = smallest_detectable_effect(3, comparisons=2)
    assert "at 3 seeds and 2 comparisons" in note
    low, high = (float(number) for number in note.split("here ")[1].split(" to "))
    assert high / low == pytest.approx(10, rel=0.1)
    assert low == pytest.approx(0.1 * effect, rel=0.1)


@pytest.mark.parametrize("differences", [[1.0], [1.0, 2.0], [0.5, 0.5, 0.5]])
def test_nothing_is_said_of_it_where_there_is_no_test_or_no_spread(differences):
    assert notes_of(differences) == []


@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
@pytest.mark.parametrize("scale", [1e-320, 1e200, 1e307])
def test_a_change_beyond_any_number_is_given_in_standard_deviations_alone(scale):
    for note in notes_of([scale, 2 * scale, -scale]):
        assert (
            note.endswith("standard deviations of the difference")
            or float(note.split("here ")[1]) > 0
        )


@pytest.mark.parametrize("confidence", [0.5, 0.999, math.nextafter(1, 0)])
def test_any_confidence_has_a_smallest_detectable_change(confidence):
    (note,) = notes_of([0.1, 0.2, 0.4, -0.1], confidence=confidence)
    assert float(note.split("power 0.8): ")[1].split()[0]) > 0.5
