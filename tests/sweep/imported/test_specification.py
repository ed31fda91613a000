"""The study that runs would be of."""

import pandas as pd
import pytest

from sweep.imported.columns import Columns
from sweep.imported.runs import gather
from sweep.imported.specification import describe
from sweep.imported.table import Table
from sweep.model.domains import Choice, Constant
from sweep.spec import StudySpec


def wanted(arms, metric="acc", **options):
    rows = pd.DataFrame({"m": arms, "seed": 0, metric: 0.5, "wd": 0.1})
    columns = Columns(arm="m", seed="seed", metrics=(metric,), parameters=("wd",))
    return describe(gather(Table(rows), columns), columns, "theirs", **options)


@pytest.mark.parametrize(
    "arms, baseline",
    [(["x", "Baseline"], "Baseline"), (["x", "y"], "x"), (["x", "control"], "control")],
)
def test_the_baseline_is_the_arm_that_is_called_so_else_the_first(arms, baseline):
    described = wanted(arms)
    assert described.arms[0].name == baseline
    assert [arm.reference for arm in described.arms] == [None, baseline]


def test_settings_are_parameters_and_the_arm_is_one():
    parameters = wanted(["x", "y"]).spec.parameters
    assert parameters["arm"].domain == Choice(("x", "y"))
    assert parameters["wd"].domain == Constant(0.1)


def test_it_survives_the_log():
    spec = wanted(["x", "y"]).spec
    assert StudySpec.from_canonical(spec.canonical()).digest == spec.digest


@pytest.mark.parametrize(
    "metric, goal, select",
    [
        ("val_loss", "minimize", "best"),
        ("test/acc", "maximize", "last"),
        ("acc", "maximize", "last"),
    ],
)
def test_an_epoch_is_chosen_by_a_metric_on_validation_data_alone(metric, goal, select):
    spec = wanted(["x", "y"], metric).spec
    assert (spec.metric.goal, spec.report.select) == (goal, select)
    assert wanted(["x"], metric, direction="minimize").spec.metric.goal == "minimize"
