"""What a trainer may report: whole epochs, names that are text, single numbers."""

import math

import numpy as np
import pytest
import torch

from sweep.errors import ReportOutOfOrder
from sweep.worker.local_run import LocalRun
from sweep.worker.metric_values import epoch_number, numbers


@pytest.mark.parametrize(
    "value", [0.5, np.float32(0.5), np.array([0.5]), torch.tensor(0.5)]
)
def test_a_single_number_of_any_library_is_a_float(value):
    (converted,) = numbers({"loss": value}).values()
    assert (converted, type(converted)) == (0.5, float)


@pytest.mark.parametrize(
    "value", ["0.5", b"1", None, [0.5], torch.ones(2), {"a": 1}, 1j]
)
def test_what_is_no_single_number_is_refused_by_name(tmp_path, value):
    with pytest.raises(
        TypeError, match=r"metric 'loss' is .* a report takes single numbers"
    ):
        LocalRun(tmp_path).report(0, {"loss": value})


def test_an_integer_too_large_for_a_float_is_infinite_and_a_masked_value_no_number():
    assert numbers({"a": 10**400, "b": -(10**400)}) == {"a": math.inf, "b": -math.inf}
    assert math.isnan(numbers({"a": np.ma.masked})["a"])


@pytest.mark.parametrize("metrics", [None, 0.5, [("loss", 0.5)]])
def test_metrics_that_are_no_mapping_are_refused(metrics):
    with pytest.raises(TypeError, match="it takes a mapping from names to numbers"):
        numbers(metrics)


@pytest.mark.parametrize(
    "name, words",
    [(7, "a name is a string"), ("", "is not a name"), ("a\nb", "printable")],
)
def test_a_name_that_is_no_printable_text_is_refused(name, words):
    with pytest.raises(TypeError, match=words):
        numbers({name: 0.5})


def test_a_long_value_is_cut_in_the_message():
    with pytest.raises(TypeError) as refused:
        numbers({"loss": "x" * 10_000})
    assert len(str(refused.value)) < 200


def test_a_matrix_is_shown_in_one_line():
    with pytest.raises(TypeError, match=r"tensor\(\[\[0\., 0\.\], \[0\., 0\.\]\]\)"):
        numbers({"confusion": torch.zeros(2, 2)})


@pytest.mark.parametrize("epoch", [3, np.int64(3), torch.tensor(3)])
def test_an_integer_of_any_library_is_an_epoch(epoch):
    number = epoch_number(epoch)
    assert (number, type(number)) == (3, int)


@pytest.mark.parametrize("epoch", [0.5, "1", None])
def test_an_epoch_that_is_no_integer_is_refused(tmp_path, epoch):
    with pytest.raises(TypeError, match="an epoch is an integer"):
        LocalRun(tmp_path).report(epoch, {"loss": 1.0})


def test_an_epoch_larger_than_any_count_is_refused():
    assert epoch_number(2**53 - 1) == 2**53 - 1
    with pytest.raises(ReportOutOfOrder, match="an epoch is at most"):
        epoch_number(2**53)
