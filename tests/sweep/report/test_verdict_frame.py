"""Verdicts as a frame, from Python and for JSON."""

import numpy as np
import pandas as pd
import pytest

import sweep
from sweep.errors import UsageError
from sweep.report import gather
from sweep.report.verdict_frame import verdict_frame, verdict_rows
from tests.sweep.session import over_tasks
from tests.sweep.session.until_decided import LOOKS, reported

SEARCH = """
name: searched
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 1, rate: {min: 0.0, max: 1.0}}
search: {method: random, trials: 1}
"""
RNG = np.random.default_rng(0)
NOISE = 0.01 * RNG.normal(size=8)


def frame(tasks=("",)):
    """Runs trained elsewhere: `good` gains 0.1 on each task, of whatever scale."""
    rows = []
    for number, task in enumerate(tasks):
        for seed in range(8):
            size = 100.0**number
            for arm, gain in (("base", 0.0), ("good", 0.1), ("same", 0.0)):
                own = 0.001 * RNG.normal()
                value = size * (0.7 + gain + NOISE[seed] + own)
                rows.append({"method": arm, "seed": seed, "acc": value, "set": task})
    return pd.DataFrame(rows)


def test_a_row_an_arm_with_the_change_that_the_table_prints():
    study = sweep.from_frame(
        frame().drop(columns="set"), metric="acc", arm="method", seed="seed"
    )
    found = study.verdicts().set_index("arm")
    assert found.loc["good", "verdict"] == "helps"
    assert found.loc["same", "verdict"] == "undecided"
    table = study.table().set_index("arm")
    assert found.loc["good", "low"] == pytest.approx(
        table.loc["good", "acc.change.low"]
    )
    assert found["seeds"].tolist() == [8, 8]
    assert found["final"].all()
    assert found["task"].isna().all()


def test_a_margin_gives_the_verdict_no_difference():
    study = sweep.from_frame(
        frame().drop(columns="set"), metric="acc", arm="method", seed="seed"
    )
    found = study.verdicts(margin="1 %").set_index("arm")
    assert found.loc["same", "verdict"] == "no difference"
    assert (
        study.verdicts(margin=0.01).set_index("arm").loc["same", "verdict"]
        == "no difference"
    )
    with pytest.raises(UsageError, match="margin"):
        study.verdicts(margin=0)


def test_runs_on_several_tasks_have_a_row_over_all_and_one_on_each():
    study = sweep.from_frame(
        frame(("wine", "digits")), metric="acc", arm="method", seed="seed", task="set"
    )
    found = study.verdicts(margin="1 %")
    assert found["task"].fillna("all").tolist() == [
        "all", "all", "wine", "wine", "digits", "digits"
    ]  # fmt: skip
    over = found[found["task"].isna()].set_index("arm")
    assert over.loc["good", "change"] == pytest.approx(1 / 7, abs=0.01)
    assert over.loc["good", "relative"]
    assert over.loc["same", "verdict"] == "no difference"
    with pytest.raises(UsageError, match="units of the metric"):
        study.verdicts(margin=0.01)


def test_the_tables_of_tasks_say_which_task_a_row_is_of():
    study = sweep.from_frame(
        frame(("wine", "digits")), metric="acc", arm="method", seed="seed", task="set"
    )
    table = study.table()
    assert table["task"].tolist() == ["wine"] * 3 + ["digits"] * 3
    assert table["arm"].tolist() == ["base", "good", "same"] * 2
    assert study.table("tasks")["arm"].tolist() == ["base", "good", "same"]


def test_verdicts_of_a_study_with_looks_are_those_of_the_looks(bench, workers):
    history = bench(LOOKS).run(workers(misbehave=reported))
    found = verdict_frame(history).set_index("arm")
    assert found.loc["better", ["verdict", "seeds", "final"]].tolist() == [
        "helps",
        5,
        True,
    ]
    with pytest.raises(UsageError, match="fixed before the first run"):
        verdict_frame(history, margin=2.0)


def test_a_decided_arm_is_final_while_others_are_open(bench, workers):
    study = bench(LOOKS)
    study.run(workers(misbehave=reported))
    written = study.log.read_bytes().splitlines(keepends=True)
    first = next(
        i
        for i, line in enumerate(written)
        if b'"look_taken"' in line and b"helps" in line
    )
    copy = study.killed_copy(study.folder / "killed", b"".join(written[: first + 1]))
    found = verdict_frame(sweep.load(copy.folder).history).set_index("arm")["final"]
    assert found["better"]
    assert not found["unclear"]


def test_looks_over_tasks_give_no_verdict_on_a_single_task(bench, workers):
    history = bench(over_tasks.TASKS).run(workers(misbehave=over_tasks.reported))
    rows = verdict_rows(gather(history))
    assert {row.task for row in rows} == {None}
    assert {row.arm: row.verdict for row in rows}["better"] == "helps"


def test_a_study_without_arms_has_no_verdicts(bench):
    with pytest.raises(UsageError, match="no ablation"):
        verdict_frame(bench(SEARCH).run())
