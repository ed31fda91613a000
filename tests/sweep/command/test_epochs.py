"""Records → epochs: each once and in order, when the study's metric was said in it."""

import pytest

from sweep.command.epochs import Epochs
from sweep.errors import TrialError
from sweep.spec.command import MetricSource


def played(records, metric="f1", **source):
    """All epochs of a program that says `records` and ends."""
    epochs = Epochs(MetricSource(**source), metric)
    return [*epochs.add(records), *epochs.flush()]


def test_an_epoch_is_named_by_the_record():
    assert played([{"epoch": 0, "f1": 0.1}, {"epoch": 1, "f1": 0.2}]) == [
        (0, {"f1": 0.1}),
        (1, {"f1": 0.2}),
    ]


def test_what_is_said_of_one_epoch_is_one_report():
    records = [
        {"epoch": 0, "loss": 3},
        {"epoch": 0, "f1": 0.1},
        {"epoch": 0, "acc": 1},
        {"epoch": 1, "f1": 0.2},
    ]
    assert played(records) == [(0, {"loss": 3, "f1": 0.1, "acc": 1}), (1, {"f1": 0.2})]


def test_records_without_an_epoch_belong_to_the_last_one_named():
    assert played(
        [{"epoch": 3}, {"loss": 1}, {"f1": 0.1}, {"epoch": 4}, {"f1": 0.2}]
    ) == [
        (3, {"loss": 1, "f1": 0.1}),
        (4, {"f1": 0.2}),
    ]


def test_epochs_without_the_metric_are_passed_over():
    records = [
        {"epoch": e, "loss": 1.0} | ({"f1": e / 10} if e % 2 else {}) for e in range(4)
    ]
    assert [epoch for epoch, _ in played(records)] == [1, 3]


def test_without_a_name_they_are_counted_by_the_metric():
    steps = [
        {"loss": 3},
        {"loss": 2},
        {"f1": 0.1},
        {"loss": 1},
        {"f1": 0.2},
        {"f1": 0.3},
    ]
    assert played(steps) == [
        (0, {"loss": 2, "f1": 0.1}),
        (1, {"loss": 1, "f1": 0.2}),
        (2, {"f1": 0.3}),
    ]


def test_counting_can_be_asked_for():
    assert played([{"epoch": 7, "f1": 0.1}, {"epoch": 7, "f1": 0.2}], epoch=None) == [
        (0, {"epoch": 7, "f1": 0.1}),
        (1, {"epoch": 7, "f1": 0.2}),
    ]


def test_programs_that_count_from_one_and_those_that_say_fractions():
    fractions = [
        {"epoch": 0.5, "loss": 2},
        {"epoch": 1.0, "f1": 0.1},
        {"epoch": 1.5, "loss": 1},
        {"epoch": 2, "f1": 0.2},
    ]
    assert [(e, said["loss"]) for e, said in played(fractions, first_epoch=1)] == [
        (0, 2),
        (1, 1),
    ]
    with pytest.raises(
        TrialError,
        match=r"epoch is 0, below the first epoch, 1: set command.metrics.first_epoch",
    ):
        played([{"epoch": 0, "f1": 1}], first_epoch=1)
    with pytest.raises(TrialError, match="epoch is nan"):
        played([{"epoch": float("nan"), "f1": 1}])


def test_metrics_and_the_epoch_by_other_names():
    assert played([{"step": 2, "F1": 0.1}], epoch="step", rename={"F1": "f1"}) == [
        (2, {"f1": 0.1})
    ]


def test_an_open_epoch_is_given_out_when_nothing_more_is_said_of_it():
    epochs = Epochs(MetricSource(), "f1")
    assert list(epochs.add([{"epoch": 0, "loss": 1}])) == []
    assert list(epochs.flush()) == [], "its metric is still to come"
    assert list(epochs.add([{"epoch": 0, "f1": 0.5}])) == []
    assert list(epochs.flush()) == [(0, {"loss": 1, "f1": 0.5})]
    assert list(epochs.flush()) == []


def test_what_is_missing_names_what_was_said():
    epochs = Epochs(MetricSource(), "val_f1")
    assert (
        str(epochs.missing("looked there"))
        == "the command reported no metric; looked there"
    )
    list(epochs.add([{"val_fl": 1.0, "loss": 2.0}]))
    assert (
        str(epochs.missing())
        == "the command never reported the study's metric 'val_f1'; did you mean 'val_fl'?"
        " one of: loss, val_fl"
    )
