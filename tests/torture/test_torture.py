"""The torture's short form: two kills of real drivers over a real study, all laws checked.

`python -m tests.torture` is the long one.

And the laws themselves: a law that cannot be broken would prove nothing.
"""

import tempfile
from pathlib import Path

import pytest

from sweep.history.folding import fold
from sweep.log.event_log import FILE_NAME, EventLog
from sweep.log.reader import replay
from sweep.model.trial import State
from tests.torture import (
    accounting,
    driver,
    faults,
    reference,
    retraining,
    study,
    table,
    torture,
)
from tests.torture.accounting import Watched
from tests.waiting import wait_until


@pytest.mark.ray
@pytest.mark.timeout(600)
def test_two_kills_break_no_law():
    wishes = faults.Wishes(kills=2, workers=1)
    with tempfile.TemporaryDirectory(
        prefix="t-"
    ) as folder:  # short: Ray's sockets lie in it
        books = torture.torture(Path(folder), wishes, seed=0)
    assert books.violations == []
    assert books.done["kills"] == wishes.kills
    assert (
        books.counts["finished"]
        == books.counts["planned"]
        == study.PLANNED * books.counts["studies"]
    )
    assert books.counts["weights compared"] == books.counts["planned"]
    assert max(books.lasted) <= accounting.ENDS_WITHIN
    assert "drivers killed with SIGKILL" in dict(table.rows(books))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The study run to its end without a fault."""
    home = tmp_path_factory.mktemp("finished") / "home"
    reference.run(home)
    return Watched(home)


@pytest.fixture
def events(finished):
    return replay(finished.path).events


def test_a_sound_study_keeps_all_laws(finished, tmp_path):
    assert accounting.at_the_end(finished) == []
    alone = retraining.Reference(tmp_path / "alone")
    assert alone.differences(finished.history(), finished.path.parent) == []
    total, again = accounting.epochs_trained(finished.witness())
    assert total == sum(
        len(trial.reports) for trial in finished.history().trials.values()
    )
    assert again == 0


def test_a_lost_trial_is_noticed(events):
    left = [event for event in events if event.get("trial") != study.PLANNED - 1]
    assert any("lost" in violation for violation in accounting.planned(fold(left)))


def test_a_trial_that_did_not_end_is_noticed(events):
    left = [
        e for e in events if not (e["event"] == "trial_finished" and e["trial"] == 3)
    ]
    assert accounting.planned(fold(left)) == ["trial 3 is running: "]


def test_a_trial_counted_twice_is_noticed(events):
    (created,) = [
        e
        for e in events
        if e["event"] == "trial_created" and e["trial"] == study.PLANNED - 1
    ]
    assert any(
        "twice" in violation
        for violation in accounting.planned(fold([*events, created | {"trial": 99}]))
    )
    assert accounting.once_each([*events, created]) == [
        f"trial_created of trial {study.PLANNED - 1} stands 2 times"
    ]


def test_an_epoch_counted_twice_is_noticed(events):
    epoch = next(e for e in events if e["event"] == "epoch")
    assert any(
        "epoch 0 after" in violation
        for violation in accounting.once_each([*events, epoch])
    )


@pytest.mark.parametrize(
    "witness, violations",
    [
        (
            [
                ("start", 0),
                ("epoch", 0),
                ("epoch", 1),
                ("start", 1),
                ("epoch", 1),
                ("epoch", 2),
            ],
            0,
        ),
        ([("start", 0), ("epoch", 0), ("start", 1), ("epoch", 1)], 0),
        ([("start", 0), ("epoch", 0), ("epoch", 1), ("start", 0), ("epoch", 0)], 1),
        ([("start", 0), ("epoch", 0), ("start", 2), ("epoch", 2)], 1),
    ],
)
def test_more_than_one_epoch_repeated_or_left_out_is_noticed(witness, violations):
    lines = [(what, 4, epoch, 1) for what, epoch in witness]
    assert len(accounting.repeated_at_most_once(lines)) == violations


def test_a_trial_trained_again_after_its_end_is_noticed(finished):
    lines = len(finished.witness())
    assert accounting.trained_once(Watched(finished.home, ended={0: lines})) == []
    assert accounting.trained_once(Watched(finished.home, ended={0: 0})) != []


def test_a_log_that_forgets_or_is_damaged_is_noticed(tmp_path):
    watched = Watched(tmp_path)
    watched.path.parent.mkdir(parents=True)
    with EventLog(watched.path.parent / FILE_NAME) as log:
        log.append({"event": "one"}, {"event": "two"})
    (tmp_path / "tmp").mkdir()
    assert accounting.after_kill(watched) == []
    first, second = watched.path.read_bytes().splitlines(keepends=True)
    watched.path.write_bytes(first)
    assert [
        "lost what it said" in violation for violation in accounting.after_kill(watched)
    ] == [True]
    watched.path.write_bytes(first.replace(b"one", b"won") + second)
    assert [
        "cannot be read" in violation for violation in accounting.after_kill(watched)
    ] == [True]


def test_a_process_that_outlives_its_driver_is_noticed_and_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(accounting, "ENDS_WITHIN", 0.5)
    process = driver.launch(tmp_path, ["-c", "import time; time.sleep(60)"])
    wait_until(
        lambda: process.pid in driver.family(tmp_path)
    )  # it shows no environment while it is being started
    assert [
        "left after" in violation
        for violation in accounting.nothing_left(Watched(tmp_path))
    ] == [True]
    assert process.wait(10) < 0


def test_other_weights_are_noticed_to_the_last_bit(finished, tmp_path):
    alone = retraining.Reference(tmp_path / "alone")
    history = finished.history()
    trial = next(t for t in history.trials.values() if t.state is State.COMPLETE)
    weights = alone.outcome(trial)["objects"]["model"]
    name = next(iter(weights))
    weights[name].view(-1)[0] = (
        weights[name].view(-1)[0].nextafter(weights[name].view(-1)[0] + 1)
    )
    (difference,) = alone.differences(history, finished.path.parent)
    assert difference.startswith(f"trial {trial.number} ended with other weights")
    assert name in difference


def test_the_same_seed_draws_the_same_faults():
    import random

    def draws(seed):
        wishes, dice = (
            faults.Wishes(kills=50, workers=10, raylets=5),
            random.Random(seed),
        )
        return [wishes.draw(dice) for _ in range(20)]

    assert draws(3) == draws(3) != draws(4)


def test_the_uninterrupted_study_tells_the_same_story_twice(finished, tmp_path):
    again = reference.run(tmp_path / "again")
    assert reference.story(finished.history()) == reference.story(again)
    assert reference.ablation_table(
        finished.home / "results"
    ) == reference.ablation_table(tmp_path / "again/results")
