"""What the notes under the ablation table say of the changes in it."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from sweep.report.comparisons import Compared, Comparison
from sweep.report.explanations import explain_changes
from sweep.report.table import Notes
from sweep.statistics import family
from sweep.statistics.power_of_family import smallest_effect

# What is asked of a history: whether its study has folds.
NO_FOLDS = SimpleNamespace(spec=SimpleNamespace(ablation=None))


def notes_of(*differences, confidence=0.95):
    """The notes to arms with these paired differences, None where an arm has no run."""
    rows = np.array(differences, dtype=float).T
    tested = family.compare(rows, np.zeros(len(rows)), confidence=confidence)
    comparisons = tuple(
        Comparison(f"arm {at}", "baseline", "test/f1", contrast)
        for at, contrast in enumerate(tested.contrasts)
    )
    evidence = SimpleNamespace(
        history=NO_FOLDS,
        folds=None,
        confidence=confidence,
        blocks=tuple(range(len(rows))),
    )
    notes = Notes()
    explain_changes(evidence, Compared(comparisons, tested), notes)
    return [note.text for note in notes.all()]


def smallest(texts):
    return [text for text in texts if text.startswith("Smallest change")]


def test_the_smallest_change_is_given_in_the_unit_of_the_metric():
    (note,) = smallest(notes_of([0.1, 0.2, 0.3], [1.0, 2.0, 3.0]))
    effect = smallest_effect(3, 2)
    assert "at 3 seeds and 2 comparisons" in note
    low, high = (
        float(part) for part in note.split("here ")[1].split(";")[0].split(" to ")
    )
    assert high / low == pytest.approx(10, rel=0.1)
    assert low == pytest.approx(0.1 * effect, rel=0.1)


@pytest.mark.parametrize(
    ("differences", "said"),
    [
        ([1.0], "fewer than three pairs"),
        ([1.0, 2.0], "fewer than three pairs"),
        ([0.5, 0.5, 0.5], "all paired differences are equal"),
    ],
)
def test_a_table_without_a_test_explains_why(differences, said):
    texts = notes_of(differences)
    assert smallest(texts) == []
    assert any(text.startswith("arm 0: ") and said in text for text in texts)


def test_an_arm_that_lacks_a_seed_is_named_with_it():
    texts = notes_of([0.1, 0.3, 0.2, 0.4], [0.1, math.nan, 0.5, 0.2])
    assert (
        "Each arm is compared on the seeds that it has: arm 1 without seed 1" in texts
    )


@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
@pytest.mark.parametrize("scale", [1e-320, 1e200, 1e307])
def test_an_infinite_change_is_given_only_in_standard_deviations(scale):
    for note in smallest(notes_of([scale, 2 * scale, -scale])):
        assert "here" not in note or float(note.split("here ")[1].split(";")[0]) > 0


@pytest.mark.parametrize("confidence", [0.5, 0.75, 0.999])
def test_every_confidence_level_has_a_smallest_detectable_change(confidence):
    (note,) = smallest(notes_of([0.1, 0.2, 0.4, -0.1], confidence=confidence))
    assert float(note.partition("comparison: ")[2].split()[0]) > 0.3


def test_an_interval_that_ends_at_zero_is_said_to_include_it():
    rounded = [0.01] * 4 + [
        0.0
    ] * 4  # of two digits: p cannot be below 1/8, and is that
    said = [text for text in notes_of(rounded) if "ends at 0" in text]
    assert said[0].startswith("arm 0: the interval ends at 0 and includes it")
    assert not any("ends at 0" in text for text in notes_of(np.linspace(-0.1, 0.3, 8)))
