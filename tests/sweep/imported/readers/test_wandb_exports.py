"""CSV files that W&B's pages and its API give."""

import pandas as pd
import pytest

from sweep.imported.columns import Columns
from sweep.imported.importing import columns_of, import_files
from sweep.imported.readers import read
from sweep.study import load

CHART = """"Step","base-seed0 - val_loss","base-seed0 - val_loss__MIN","base-seed0 - val_loss__MAX","ours-seed0 - val_loss","ours-seed0 - val_loss__MIN","ours-seed0 - val_loss__MAX"
"10","0.9","0.9","0.9","","",""
"20","0.8","0.8","0.8","0.7","0.7","0.7"
"30","","","","0.5","0.5","0.5"
"""


def test_a_chart_is_a_run_a_column(tmp_path):
    (tmp_path / "chart.csv").write_text(CHART)
    _, table = read(tmp_path / "chart.csv")
    assert table.metrics == ("val_loss",)
    curves = table.rows.groupby("run")["val_loss"].apply(list).to_dict()
    assert curves == {"base-seed0": [0.9, 0.8], "ours-seed0": [0.7, 0.5]}
    assert table.notes == ()


def test_the_names_of_runs_in_a_chart_tell_arm_and_seed(tmp_path):
    (tmp_path / "chart.csv").write_text(CHART)
    columns, notes = columns_of([tmp_path / "chart.csv"], Columns())
    assert (columns.arm, columns.seed) == ("arm", "seed")
    assert any("taken from the names of the runs" in note for note in notes)


def test_means_of_a_group_are_said_to_be_no_runs(tmp_path):
    grouped = CHART.replace('"0.9","0.9","0.9"', '"0.9","0.7","1.1"')
    (tmp_path / "chart.csv").write_text(grouped)
    (note,) = read(tmp_path / "chart.csv")[1].notes
    assert "a mean of several runs is imported as if it were one run" in note


def history(epochs, **more):
    return pd.DataFrame(
        {
            "_step": [10 * epoch for epoch in range(epochs)],
            "_runtime": [1.5 * epoch for epoch in range(epochs)],
            "_timestamp": [1.7e9 + epoch for epoch in range(epochs)],
            "val_acc": [0.5 + epoch / 10 for epoch in range(epochs)],
            **more,
        }
    )


def test_a_history_a_file_is_a_run_a_file(tmp_path):
    files = []
    for arm in ("base", "focal"):
        for seed in range(3):
            path = tmp_path / f"{arm}_seed{seed}.csv"
            history(3).assign(val_acc=lambda h, s=seed: h.val_acc + s / 100).to_csv(
                path, index=False
            )
            files.append(path)
    done = import_files(files, "theirs", tmp_path, Columns())
    assert done.arms == ("base", "focal")
    assert (done.columns.seed, done.columns.epoch) == ("seed", "epoch")
    assert done.columns.metrics == ("val_acc",)
    epochs = load(done.folder).epochs()
    assert sorted(epochs["epoch"].unique()) == [1, 2, 3]


def test_a_history_with_epochs_of_its_own_keeps_them(tmp_path):
    history(2, epoch=[0, 1]).to_csv(tmp_path / "run.csv", index=False)
    _, table = read(tmp_path / "run.csv")
    assert table.rows["epoch"].tolist() == [0, 1]
    assert not table.counts_steps


def test_states_of_an_exported_table_are_known(tmp_path):
    frame = pd.DataFrame(
        {"Name": ["a", "b"], "State": ["finished", "crashed"], "acc": [0.5, 0.6]}
    )
    frame.to_csv(tmp_path / "runs.csv", index=False)
    assert read(tmp_path / "runs.csv")[1].rows["state"].tolist() == [
        "complete",
        "failed",
    ]


@pytest.mark.parametrize("columns", [["acc"], ["run - a", "acc"]])
def test_other_files_are_plain_tables(tmp_path, columns):
    pd.DataFrame({name: [0.5] for name in columns}).to_csv(
        tmp_path / "x.csv", index=False
    )
    assert read(tmp_path / "x.csv")[1].rows.columns.tolist() == columns
