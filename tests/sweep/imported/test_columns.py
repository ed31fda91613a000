"""Which column is what."""

import pandas as pd
import pytest

from sweep.errors import UsageError
from sweep.imported.columns import Columns, complete, goal
from sweep.imported.table import Table


def test_usual_names_are_guessed_and_settings_are_no_metrics():
    rows = pd.DataFrame(
        {
            "Method": ["a", "a", "b", "b"],
            "seed": [0, 1, 0, 1],
            "lr": [0.1, 0.1, 0.2, 0.2],
            "val_loss": [0.5, 0.4, 0.3, 0.2],
            "timestamp": [1.5, 2.5, 3.5, 4.5],
        }
    )
    found = complete(Columns(), Table(rows))
    assert (found.arm, found.seed) == ("Method", "seed")
    assert (found.metrics, found.parameters) == (("val_loss",), ("lr",))


def test_what_is_named_is_taken():
    rows = pd.DataFrame({"m": [1.0, 2.0], "who": ["a", "b"], "n": [3, 4]})
    found = complete(Columns(arm="who", seed="n", metrics=("m",)), Table(rows))
    assert (found.arm, found.seed, found.metrics) == ("who", "n", ("m",))


@pytest.mark.parametrize(
    "names, wanted",
    [
        (["run_seed"], "run_seed"),
        (["config.seed"], "config.seed"),
        (["data_seed", "seed"], "seed"),
        (["data_seed", "model_seed"], None),
    ],
)
def test_a_single_column_that_ends_in_seed_is_the_seed(names, wanted):
    values = {name: [0, 1, 0, 1] for name in names}
    rows = pd.DataFrame({"arm": list("aabb"), "acc": [0.5, 0.6, 0.7, 0.8], **values})
    assert complete(Columns(), Table(rows)).seed == wanted


@pytest.mark.parametrize(
    "name, wanted",
    [
        ("val_loss", "minimize"),
        ("test/rmse", "minimize"),
        ("acc", "maximize"),
        ("glossary", "maximize"),
    ],
)
def test_losses_errors_and_times_are_minimized(name, wanted):
    assert goal(name) == wanted


def test_the_value_that_makes_a_metric_no_number_is_named_with_its_row():
    rows = pd.DataFrame({"who": ["a", "a", "b"], "acc": ["0.5", "diverged", "0.7"]})
    with pytest.raises(UsageError, match=r"row 2 has 'diverged'"):
        complete(Columns(arm="who", metrics=("acc",)), Table(rows))


def test_a_result_that_never_varies_is_known_by_its_name():
    rows = pd.DataFrame(
        {"arm": ["a"] * 3, "seed": range(3), "test/acc": 0.9, "lr": 0.1}
    )
    assert complete(Columns(), Table(rows)).metrics == ("test/acc",)


def test_means_with_deviations_are_refused_as_no_runs():
    rows = pd.DataFrame({"method": ["a", "b"], "acc": ["0.81 ± 0.01", "0.82 +/- 0.01"]})
    with pytest.raises(UsageError, match="acc holds means with standard deviations"):
        complete(Columns(), Table(rows))


def test_a_method_is_an_arm_also_where_each_has_one_run():
    rows = pd.DataFrame({"method": ["a", "b"], "seed": 0, "acc": [0.5, 0.6]})
    assert complete(Columns(), Table(rows)).arm == "method"
