"""What the names of runs say of them."""

import pandas as pd
import pytest

from sweep.imported.run_names import taken_apart, with_names_read
from sweep.imported.table import Table


@pytest.mark.parametrize(
    ("name", "settings", "rest"),
    [
        ("runs/arm=focal/seed=1", {"arm": "focal", "seed": "1"}, ""),
        ("focal_seed1", {"seed": "1"}, "focal"),
        ("arm=focal_seed=1", {"arm": "focal", "seed": "1"}, ""),
        ("base-seed-02/version_0", {"seed": "02"}, "base"),
        ("focal_gamma2_fold0_seed12", {"fold": "0", "seed": "12"}, "focal_gamma2"),
        ("ours/seed1/Nov29_22-41-10_host", {"seed": "1"}, "ours"),
        ("ours (seed 3)", {"seed": "3"}, "ours"),
        ("wd=0.0_label_smoothing=0.1", {"wd": "0.0", "label_smoothing": "0.1"}, ""),
        ("bs=32_lr=1e-3", {"bs": "32", "lr": "1e-3"}, ""),
        ("resnet50_s16", {}, "resnet50_s16"),
        ("seeded_1", {}, "seeded_1"),
    ],
)
def test_names_are_taken_apart(name, settings, rest):
    parts = taken_apart(name)
    assert (dict(parts.settings), parts.rest) == (settings, rest)


def table(*names, **columns):
    return Table(pd.DataFrame({"run": list(names), "acc": 0.5, **columns}))


def test_arm_and_seed_become_columns_and_a_note_says_so():
    read = with_names_read(table("base_seed0", "base_seed1", "focal_seed0"))
    assert read.rows["arm"].tolist() == ["base", "base", "focal"]
    assert read.rows["seed"].tolist() == [0, 1, 0]
    assert read.notes == (
        "arm and seed taken from the names of the runs, such as base_seed0",
    )


def test_folders_that_all_names_share_are_no_part_of_the_arm():
    read = with_names_read(table("exp7/base/seed0", "exp7/focal/seed0"))
    assert read.rows["arm"].tolist() == ["base", "focal"]


def test_nothing_is_read_where_one_name_does_not_tell_it():
    names = ("base_seed0", "focal")
    assert with_names_read(table(*names)).rows.columns.tolist() == ["run", "acc"]


def test_what_the_source_states_is_not_overruled():
    read = with_names_read(table("base_seed0", "ours_seed1", seed=[5, 6]))
    assert read.rows["seed"].tolist() == [5, 6]
    assert read.rows["arm"].tolist() == ["base", "ours"]


def test_names_that_tools_give_tell_nothing():
    names = ("version_0", "version_1")
    assert with_names_read(table(*names)).notes == ()


def test_names_tell_the_arm_also_where_a_column_has_the_seed():
    read = with_names_read(table("a_seed0", "b_seed0", seed=0))
    assert read.rows["arm"].tolist() == ["a", "b"]
