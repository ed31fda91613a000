"""`trackers:` of a study file."""

import pytest
from pydantic import ValidationError

from sweep.spec.trackers import MLflow, TensorBoard, Trackers, WandB


@pytest.mark.parametrize(
    "written, wanted",
    [
        ("tensorboard", {"tensorboard": TensorBoard()}),
        (["wandb", "mlflow"], {"mlflow": MLflow(), "wandb": WandB()}),
        ({"wandb": True, "mlflow": False}, {"wandb": WandB()}),
        (
            {"tensorboard": {"folder": "runs"}},
            {"tensorboard": TensorBoard(folder="runs")},
        ),
        ({}, {}),
    ],
)
def test_a_tracker_is_on_where_it_is_named_or_has_settings(written, wanted):
    assert Trackers.model_validate(written).wanted == wanted


def test_an_unknown_tracker_is_refused_with_the_nearest_name():
    with pytest.raises(ValidationError, match="did you mean 'wandb'"):
        Trackers.model_validate(["wandbb"])


@pytest.mark.parametrize(
    "uri, words",
    [
        ("runs", "is a folder, which MLflow no longer writes"),
        ("https://me:secret@host", "contains a password"),
    ],
)
def test_a_store_that_cannot_be_used_is_refused(uri, words):
    with pytest.raises(ValidationError, match=words):
        MLflow(uri=uri)
