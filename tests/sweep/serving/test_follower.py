"""The follower reads a study when its log has grown, and not otherwise."""

import time

import pytest

from sweep.log.event_log import FILE_NAME
from sweep.serving.follower import Follower
from sweep.serving.state import trials_of
from sweep.study import Study

REORDERED = """
name: conditional
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 2, width: {values: [1, 2]}}
ablation:
  baseline: {width: 1}
  seeds: [0]
  designs: {arms: {"red\\u202eone": {width: 2}}}
"""


def wait_until(true):
    for _ in range(1000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come true")


@pytest.fixture
def follower(finished):
    return Follower(finished)


def test_a_log_that_has_not_grown_is_not_read(follower):
    assert not follower.look()
    assert follower.latest.version == 1


def test_a_record_that_was_added_makes_a_new_snapshot(follower):
    follower.study.note("looks fine")
    assert follower.look()
    assert follower.latest.version == 2


def test_its_state_says_what_the_study_does(follower):
    state = follower.latest.state
    assert (state["now"], state["live"], state["running"]) == ("done", False, [])
    (stage,) = [each for each in state["stages"] if each["name"] == "search"]
    assert stage["planned"] == stage["complete"] + stage["pruned"] + stage["failed"]


def test_a_log_of_the_same_size_is_read_again_when_another_was_put_in_its_place(
    follower,
):
    log = follower.study.folder / FILE_NAME
    other = log.with_name("other")
    other.write_bytes(log.read_bytes())
    other.replace(log)
    assert follower.look()


@pytest.mark.parametrize("fault", ["gone", "damaged"])
def test_a_log_that_cannot_be_read_is_said_and_read_once_it_can(follower, fault):
    log = follower.study.folder / FILE_NAME
    whole = log.read_bytes()
    log.unlink() if fault == "gone" else log.write_bytes(b"x" * 40 + whole[40:])
    follower.every = 0.01
    follower.start()
    wait_until(lambda: "cannot be read" in follower.latest.state["now"])
    assert follower.latest.trials != b"[]"  # what was read before is still there
    log.write_bytes(whole)
    wait_until(lambda: follower.latest.state["now"] == "done")
    follower.stop()


def test_characters_that_reorder_text_are_replaced(bench, workers):
    done = bench(REORDERED)
    done.run(workers())
    latest = Follower(Study(done.folder)).latest
    assert "red␦one" in latest.trials.decode()
    assert (
        "\u202e" not in f"{latest.state}{latest.trials}{latest.curves}{latest.report}"
    )


def test_a_trials_value_is_read_at_the_epoch_that_the_report_selects(
    bench, workers, conditional
):
    last = "search: {method: random, trials: 2}\nreport: {select: last}\n"
    study = bench(conditional + last)
    study.run(workers())
    history = Study(study.folder).history
    for row in trials_of(history):
        trial = history.trials[row["number"]]
        assert row["value"] == trial.reports[-1].metrics[history.spec.metric.name]


def test_a_trials_value_follows_another_metric_that_selects_the_epoch(
    bench, workers, conditional
):
    other = (
        "search: {method: random, trials: 2}\nreport: {select_by: {name: cost, goal:"
        " minimize}}\n"
    )
    study = bench(conditional + other)
    rising = {epoch: {"val/f1": epoch / 10, "cost": float(epoch)} for epoch in range(4)}

    def report(given, epoch):
        return ("metrics", rising[epoch]) if epoch in rising else None

    study.run(workers(misbehave=report))
    assert {row["value"] for row in trials_of(Study(study.folder).history)} == {
        rising[min(rising)]["val/f1"]
    }
