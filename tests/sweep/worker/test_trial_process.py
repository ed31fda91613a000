"""A trial in a process of its own: however it ends, the study hears how, and nothing is left."""

import time

import pytest

from sweep.worker.template import Template
from tests.sweep.worker.heard import messages


@pytest.fixture(scope="module")
def template():
    """One for all trials, as in a study."""
    started = Template()
    yield started
    started.close()


@pytest.mark.parametrize(
    "trainer",
    [
        "good",
        "main_thread",
        "asynchronous",
        "exits_well",
        "stdout_none",
        "closes_streams",
        "tees",
        "prints_bytes",
        "reports_in_thread",
        "starts_others",
    ],
)
def test_a_trial_is_heard_epoch_by_epoch_and_then_its_end(begin, trainer):
    heard = messages(begin(trainer))
    assert [m.kind for m in heard] == ["epoch"] * 3 + ["end"]
    assert [m.report.epoch for m in heard[:3]] == [0, 1, 2]
    assert heard[-1].overhead >= 0


@pytest.mark.parametrize(
    "trainer, kind, reason",
    [
        ("leaves", "lost", "the trial's process called os._exit(3)"),
        ("crashes", "lost", "the trial's process was killed by signal 11 (SIGSEGV)"),
        ("killed", "lost", "the trial's process was killed by signal 9 (SIGKILL)"),
        ("leaves_well", "lost", "the trial's process called os._exit(0)"),
        ("exits_badly", "failed", "the trainer called sys.exit(1)"),
        ("recurses", "failed", "RecursionError: maximum recursion depth exceeded"),
        ("ends_an_iteration", "failed", "StopIteration: no message"),
        ("ends_a_generator", "failed", "GeneratorExit: no message"),
        ("removes_its_folder", "failed", "was removed while it ran"),
        ("opens_too_many", "failed", "too many open files: "),
    ],
)
def test_a_death_is_named_and_every_report_before_it_is_heard(
    begin, trainer, kind, reason
):
    heard = messages(begin(trainer, judged=[]))
    assert [m.kind for m in heard] == ["epoch"] * 3 + [kind]
    assert reason in heard[-1].failure
    assert [m.kind for m in messages(begin("good"))][-1] == "end", (
        "the next trial knows nothing"
    )


def test_reports_that_nobody_waits_for_are_not_lost_however_many_they_are(begin):
    attempt = begin("many", judged=[])
    time.sleep(0.5)  # it fills the socket and waits
    heard = messages(attempt)
    assert [m.report.epoch for m in heard[:-1]] == list(range(2000))


def test_a_trainer_that_is_told_to_stop_stops(begin):
    attempt = begin("slow", judged=[])
    assert attempt.next().report.epoch == 0
    began = time.monotonic()
    last = attempt.stop()
    assert last.kind == "end"
    assert time.monotonic() - began < 5
    assert attempt.stop() is None, "its last message was returned"


def test_a_trainer_that_ignores_a_stop_is_ended_after_the_grace(begin):
    attempt = begin("deaf", judged=[], grace_seconds=0.3)
    assert attempt.next().report.epoch == 0
    began = time.monotonic()
    attempt.stop()
    assert 0.2 < time.monotonic() - began < 10
    assert [m.kind for m in messages(begin("good"))][-1] == "end"


def test_an_exit_is_bounded(begin, monkeypatch):
    monkeypatch.setattr("sweep.worker.trial_process.EXIT_LIMIT", 0.5)
    heard = messages(begin("waits_at_exit"))
    assert heard[-1].kind == "end"
    assert "were still running" in heard[-1].notices[0]


def test_a_trainer_that_closes_the_connection_is_a_lost_trial(begin):
    assert messages(begin("closes_everything"))[-1].kind == "lost"
    assert messages(begin("good"))[-1].kind == "end"
