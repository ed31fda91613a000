"""The study's metric is misspelt at once, missing at the end, and may be absent in between."""

import pytest

from sweep.errors import MetricMissing
from sweep.worker.metric_names import check_reported, check_spelling


@pytest.mark.parametrize("name", ["val/f_1", "Val/F1", "val_f1", "val-f1"])
def test_another_case_or_punctuation_is_a_misspelling(name):
    with pytest.raises(MetricMissing, match=f"epoch 3 .* did you mean {name!r}"):
        check_spelling("val/f1", 3, [name])


@pytest.mark.parametrize(
    "names", [[], ["train/f1"], ["val/loss"], ["val/f1", "val_f1"]]
)
def test_an_epoch_without_the_metric_is_accepted(names):
    check_spelling("val/f1", 3, names)


def test_a_run_that_never_had_the_metric_is_refused():
    with pytest.raises(
        MetricMissing, match="no report had the study's metric 'val/f1'"
    ):
        check_reported("val/f1", ["train/loss"])


@pytest.mark.parametrize(
    ("metric", "names"), [(None, ["x"]), ("x", ["x", "y"]), ("x", [])]
)
def test_a_run_that_reported_the_metric_or_nothing_is_accepted(metric, names):
    check_reported(metric, names)
