"""Runs trained elsewhere become a study like any other."""

import json

import numpy as np
import pandas as pd
import pytest

from sweep import study
from sweep.commands import reporting, verification
from sweep.errors import StudyExists, UsageError
from sweep.imported.columns import Columns
from sweep.imported.importing import import_files, import_frame
from sweep.imported.specification import ELSEWHERE
from sweep.model.trial import State


def runs(arms=("baseline", "focal"), seeds=range(5), **columns):
    noise = np.random.default_rng(0)
    rows = [
        {
            "method": arm,
            "seed": seed,
            "lr": 0.1,
            "acc": 0.8 + 0.05 * i + 0.01 * noise.normal(),
        }
        for i, arm in enumerate(arms)
        for seed in seeds
    ]
    return pd.DataFrame(rows).assign(**columns)


@pytest.fixture
def imported(tmp_path):
    """`imported(frame)`: the study of a data frame."""

    def imported(frame, columns=None, **options):
        done = import_frame(
            frame, "theirs", tmp_path / "theirs", columns or Columns(), **options
        )
        return study.load(done.folder)

    return imported


def texts(read):
    return [notice.message for notice in read.history.notices]


def test_tables_figures_and_trials_are_those_of_a_study(imported):
    theirs = imported(runs())
    table = theirs.table()
    assert table["arm"].tolist() == ["baseline", "focal"]
    assert len(theirs.trials()) == 10
    assert theirs.plot() is not None
    assert all(ELSEWHERE in notes for notes in table["notes"])


def test_the_difference_is_paired_by_the_seeds_that_the_source_states(imported):
    frame = runs()
    theirs = imported(frame)
    wide = frame.pivot_table(index="seed", columns="method", values="acc")
    (row,) = [r for r in theirs.table().to_dict("records") if r["arm"] == "focal"]
    assert any(
        value == pytest.approx((wide["focal"] - wide["baseline"]).mean())
        for value in row.values()
        if isinstance(value, float)
    )


def test_files_are_hashed_and_verify_finds_a_changed_one(tmp_path):
    path = tmp_path / "runs.csv"
    runs().to_csv(path, index=False)
    done = import_files([path], "theirs", tmp_path / "results", Columns())
    theirs = study.load(done.folder)
    reporting.write(theirs, reporting.gather(theirs, draw=False), draw=False)
    assert verification.verify(theirs, say=lambda line: None) == []
    path.write_text(path.read_text().replace("0.8", "0.9"))
    (problem,) = verification.verify(theirs, say=lambda line: None)
    assert "runs.csv: SHA-256" in problem


def test_without_seeds_runs_are_paired_at_random_and_the_table_says_so(imported):
    theirs = imported(runs().drop(columns="seed").sort_values("acc"))
    assert any("has no seeds" in text for text in texts(theirs))
    seeds = [
        trial.seed for trial in theirs.history.trials.values() if trial.label == "focal"
    ]
    assert sorted(seeds) == list(range(5))
    assert seeds != list(range(5)), (
        "in the order of the file, sorted runs would look like pairs"
    )


def test_runs_that_stand_twice_count_once(imported):
    frame = runs()
    theirs = imported(pd.concat([frame, frame.iloc[:2]]))
    assert len(theirs.history.trials) == 10
    assert any("2 runs appear twice" in text for text in texts(theirs))


def test_a_run_without_a_result_failed_and_is_none(imported):
    frame = runs()
    frame.loc[0, "acc"] = np.nan
    theirs = imported(frame, Columns(metrics=("acc",)))
    assert [t.state for t in theirs.history.trials.values()].count(State.FAILED) == 1


def test_a_row_an_epoch_is_a_curve(imported):
    frame = runs().merge(pd.DataFrame({"epoch": range(3)}), how="cross")
    frame["acc"] += frame["epoch"] / 10
    theirs = imported(frame)
    assert len(theirs.history.trials) == 10
    assert len(theirs.epochs()) == 30
    assert theirs.history.spec.report.select == "last", (
        "no validation metric chooses an epoch"
    )


def test_unequal_epochs_are_a_caveat(imported):
    frame = runs().merge(pd.DataFrame({"epoch": range(3)}), how="cross").iloc[:-1]
    assert any("from 2 to 3 epochs" in text for text in texts(imported(frame)))


def test_tasks_are_compared_each_with_its_own_baseline(imported):
    frame = pd.concat([runs().assign(task="a"), runs().assign(task="b")])
    theirs = imported(frame, Columns(task="task"))
    references = {arm.name: arm.reference for arm in theirs.history.arms}
    assert references["focal @ a"] == "baseline @ a"
    assert references["focal @ b"] == "baseline @ b"


def test_the_baseline_can_be_named_and_a_wrong_name_is_refused(imported):
    theirs = imported(runs(arms=("resnet", "vit")), baseline="vit")
    assert [arm.name for arm in theirs.history.arms] == ["vit", "resnet"]
    with pytest.raises(UsageError, match="did you mean 'resnet'"):
        imported(runs(arms=("resnet", "vit")), baseline="resnett")


def test_a_study_is_never_written_over(imported):
    imported(runs())
    with pytest.raises(StudyExists, match="already holds a study"):
        imported(runs())


@pytest.mark.parametrize(
    "columns, said",
    [
        (Columns(arm="metod"), "did you mean 'method'?"),
        (Columns(metrics=("accuracy",)), "there is no column 'accuracy'"),
        (Columns(metrics=("method",)), "is not numeric"),
    ],
)
def test_a_column_that_is_not_there_is_named(imported, columns, said):
    with pytest.raises(UsageError) as caught:
        imported(runs(), columns)
    assert said in str(caught.value)


def test_runs_that_no_column_tells_apart_are_refused(tmp_path):
    rows = [("base", epoch, 0.5 + run / 10) for run in range(2) for epoch in range(2)]
    frame = pd.DataFrame(rows, columns=["arm", "epoch", "acc"])
    frame.to_csv(tmp_path / "runs.csv", index=False)
    with pytest.raises(UsageError, match=r"epoch 0 of base appears 2 times.*--seed"):
        import_files([tmp_path / "runs.csv"], "theirs", tmp_path, Columns())


@pytest.mark.parametrize("name", ["metrics.csv", "metrics.jsonl"])
def test_files_of_one_name_in_two_folders_are_a_run_each(tmp_path, name):
    files = []
    for number in range(2):
        path = tmp_path / f"seed{number}" / name
        path.parent.mkdir()
        acc = [0.5, 0.6 + number / 10]
        frame = pd.DataFrame({"arm": "base", "epoch": [1, 2], "acc": acc})
        if name.endswith("csv"):
            frame.to_csv(path, index=False)
        else:
            frame.to_json(path, orient="records", lines=True)
        files.append(path)
    done = import_files(files, "theirs", tmp_path / "study", Columns())
    trials = study.load(done.folder).history.trials.values()
    assert sorted(t.reports[-1].metrics["acc"] for t in trials) == [0.6, 0.7]
    assert sorted(t.seed for t in trials) == [0, 1]


def test_runs_that_two_json_files_only_number_are_not_taken_for_each_other(tmp_path):
    files = []
    for number in range(2):
        path = tmp_path / f"seed{number}.json"
        history = [0.5, 0.6 + number / 10]
        entries = [{"arm": arm, "history": {"acc": history}} for arm in ("base", "new")]
        path.write_text(json.dumps(entries))
        files.append(path)
    done = import_files(files, "theirs", tmp_path / "study", Columns())
    trials = study.load(done.folder).history.trials.values()
    assert sorted((t.label, t.reports[-1].metrics["acc"]) for t in trials) == [
        ("base", 0.6),
        ("base", 0.7),
        ("new", 0.6),
        ("new", 0.7),
    ]


def test_files_of_epochs_are_a_run_each(tmp_path):
    files = []
    for number in range(2):
        path = tmp_path / f"run{number}.csv"
        frame = pd.DataFrame({"epoch": [0, 1], "acc": [0.5, 0.6 + number / 10]})
        frame.to_csv(path, index=False)
        files.append(path)
    assert import_files(files, "theirs", tmp_path, Columns()).runs == 2
