"""The driver's side: what Ray asks and tells reaches the schedule. No Ray is started."""

import pickle
from types import SimpleNamespace

import pytest
from ray.tune.schedulers import TrialScheduler
from ray.tune.search import Searcher

from sweep.engine import adapters
from sweep.engine.actor import ASKS, MESSAGES
from sweep.engine.adapters import RayScheduler, RaySearcher, asked
from sweep.engine.assigning import holder
from sweep.model.trial import EpochReport
from sweep.worker.job import Message

CONTINUE, STOP = TrialScheduler.CONTINUE, TrialScheduler.STOP
EPOCH = Message("epoch", EpochReport(0, {"m": 0.5}, 1.0, None))


class HeardSchedule:
    """A schedule that notes what it is told; `stops` is its verdict on an epoch."""

    def __init__(self):
        self.heard, self.answers, self.stops = [], [], False
        self.history = SimpleNamespace(trials={})
        self.running = {}

    def next(self):
        return self.answers.pop(0)

    def started(self, number):
        self.heard.append(("started", number))

    def depended(self, depends):
        assert depends is None

    def stored(self, number, attempt, manifest):
        assert manifest is None
        return True

    def reported(self, number, report, notices):
        self.heard.append(("reported", number, report.epoch))
        return self.stops

    def completed(self, number, overhead, notices):
        self.heard.append(("completed", number))

    def failed(self, number, failure, overhead, notices):
        self.heard.append(("failed", number, failure))

    def lost(self, number, reason, overhead=0.0, notices=()):
        self.heard.append(("lost", number, reason))

    def unwritable(self, number, failure, overhead, notices):
        self.heard.append(("unwritable", number, failure))

    def silent(self):
        return []


@pytest.fixture
def schedule():
    return HeardSchedule()


@pytest.fixture
def scheduler(schedule):
    capacity = SimpleNamespace(varied=True, workers=2)
    return RayScheduler(schedule, capacity, lambda: None)


def searcher(schedule, full=False):
    return RaySearcher(schedule, SimpleNamespace(full=lambda running: full))


def test_ray_is_given_assignments_in_the_order_they_were_decided_on(
    schedule, ray_trial
):
    given = [holder(ray_trial(number)).assignment for number in range(2)]
    schedule.answers = [*given, "wait", "done"]
    asks = searcher(schedule)
    suggested = [asks.suggest("x") for _ in range(2)]
    assert [held["assignment"].assignment for held in suggested] == given
    assert [held["assignment"].order for held in suggested] == [0, 1]
    assert asks.suggest("x") is None, "nothing until a running trial ends"
    assert asks.suggest("x") == Searcher.FINISHED


def test_a_full_cluster_gets_no_further_assignment(schedule):
    assert searcher(schedule, full=True).suggest("x") is None


def test_a_snapshot_of_ray_s_holds_nothing_of_ours(schedule, scheduler):
    for adapter in (searcher(schedule), scheduler):
        assert vars(pickle.loads(pickle.dumps(adapter))) == {}


@pytest.mark.parametrize("stops, verdict", [(False, CONTINUE), (True, STOP)])
def test_an_epoch_goes_to_the_schedule_and_its_verdict_to_the_trainer(
    schedule, scheduler, ray_trial, stops, verdict
):
    schedule.stops = stops
    assert scheduler.on_trial_result(None, ray_trial(3), {MESSAGES: [EPOCH]}) == verdict
    assert schedule.heard == [("reported", 3, 0)]


@pytest.mark.parametrize(
    "message, told",
    [
        (Message("end"), ("completed", 3)),
        (Message("failed", failure="wrong shape"), ("failed", 3, "wrong shape")),
        (Message("lost", failure="killed"), ("lost", 3, "killed")),
        (Message("unwritable", failure="disk full"), ("unwritable", 3, "disk full")),
    ],
)
def test_the_schedule_learns_how_each_trial_ended(
    schedule, scheduler, ray_trial, message, told
):
    scheduler.on_trial_complete(None, ray_trial(3), {MESSAGES: [EPOCH, message]})
    assert schedule.heard == [("reported", 3, 0), told]


def test_a_worker_that_died_is_a_loss(schedule, scheduler, ray_trial, monkeypatch):
    monkeypatch.setattr(adapters.ray, "nodes", list)
    scheduler.on_trial_error(None, ray_trial(3))
    ((kind, number, reason),) = schedule.heard
    assert (kind, number) == ("lost", 3)
    assert reason.startswith("worker lost: ")


def test_the_newest_trial_is_placed_with_the_earliest_assignment(
    schedule, scheduler, ray_trial
):
    trials = [ray_trial(number) for number in range(3)]
    for trial in trials:
        scheduler.on_trial_add(None, trial)
    assert scheduler.choose_trial_to_run(None) is trials[2]
    assert adapters.number_of(trials[2]) == 0


def test_only_a_new_actor_has_to_request_its_assignment(
    schedule, scheduler, ray_trial, monkeypatch
):
    told = []
    monkeypatch.setattr(adapters, "tell", told.append)
    actor = object()
    first = ray_trial(0)
    first.temporary_state.ray_actor = actor
    scheduler.on_trial_add(None, first)
    assert (
        scheduler.on_trial_result(None, first, {ASKS: True, MESSAGES: []}) == CONTINUE
    )
    assert (told, schedule.heard) == ([first], [("started", 0)])
    second = ray_trial(1, status="RUNNING")
    second.temporary_state.ray_actor = actor
    scheduler.on_trial_add(None, second)
    scheduler.choose_trial_to_run(None)
    assert (told, schedule.heard) == ([first], [("started", 0), ("started", 1)])


def test_a_worker_that_fell_silent_is_ended(
    schedule, scheduler, ray_trial, monkeypatch
):
    ended = []
    monkeypatch.setattr(adapters.ray, "kill", ended.append)
    trial = ray_trial(0, status="RUNNING")
    trial.temporary_state.ray_actor = actor = object()
    scheduler.on_trial_add(None, trial)
    scheduler.choose_trial_to_run(None)
    schedule.silent = lambda: [0]
    scheduler.choose_trial_to_run(None)
    assert ended == [actor]


def test_an_empty_configuration_from_ray_is_accepted(ray_trial):
    assert asked({}) == {}
    assert asked(ray_trial(0).config) == {"lr": 0.1}
