"""What a session knows of its workers: who has one, who is silent, who rests after a loss."""

import pytest

from sweep.session.workers import Workers


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def workers(clock):
    return Workers(clock)


def test_a_trial_that_lost_its_worker_backs_off_for_the_given_time(workers, clock):
    workers.assign(3)
    workers.back_off(3, 60.0)
    assert not workers.trials
    assert workers.is_backing_off(3)
    assert workers.shortest_backoff == 60.0
    assert workers.any_waiting, "it will have another worker"
    clock.now += 60.0
    assert not workers.is_backing_off(3)
    assert workers.shortest_backoff == 0.0


def test_the_shortest_backoff_is_that_of_the_trial_that_is_ready_first(workers):
    workers.back_off(1, 60.0)
    workers.back_off(2, 20.0)
    assert workers.shortest_backoff == 20.0


def test_a_trial_that_is_assigned_again_or_ended_does_not_back_off(workers):
    for number in (1, 2):
        workers.back_off(number, 60.0)
    workers.assign(1)
    workers.ended(2)
    assert workers.shortest_backoff == 0.0
    assert workers.trials == {1}
    workers.release(1)
    assert not workers.any_waiting


def test_silence_counts_from_the_last_message_of_a_worker(workers, clock):
    workers.assign(1)
    assert workers.silent_for(10.0) == set(), "it has not begun"
    workers.message_received(1)
    clock.now += 11.0
    assert workers.silent_for(10.0) == {1}
    workers.message_received(1)
    assert workers.silent_for(10.0) == set()


def test_silence_timers_restart_after_the_process_was_stopped(workers, clock):
    workers.assign(1)
    workers.message_received(1)
    clock.now += 1000.0
    workers.restart_silence_timers()
    assert workers.silent_for(10.0) == set()


def test_a_released_worker_is_not_silent(workers, clock):
    workers.assign(1)
    workers.message_received(1)
    workers.release(1)
    clock.now += 1000.0
    assert workers.silent_for(10.0) == set()
