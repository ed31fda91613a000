"""The one writer of the log: durable first, then in the history, then told."""

from sweep.history.event_records import to_record
from sweep.history.folding import fold
from sweep.log.reader import replay


def test_the_live_history_equals_the_replayed_history(bench, story):
    study = bench()
    lived = study.run()
    assert story(lived) == story(fold(replay(study.log).events))


def test_a_listener_gets_every_event_after_it_is_durable_and_in_the_history(bench):
    study = bench()

    def listen(history, event):
        record = replay(study.log).events[len(study.heard) + 1]  # behind study_created
        assert to_record(event).items() <= record.items()
        assert history.last_time == record["time"]
        study.heard.append(event)

    study.run(listen=listen)
    recorded = [record["event"] for record in replay(study.log).events]
    assert [event.kind for event in study.heard] == recorded[1:]


def test_a_notice_of_the_study_is_recorded_once_also_after_a_resume(bench):
    study = bench()
    study.create()
    for _ in range(2):
        history = study.session(workers_that_note("the budget is spent"))
    told = [notice.message for notice in history.notices]
    assert told == ["the budget is spent"]


def workers_that_note(text):
    """An executor that runs nothing and notes one thing, several times."""

    class Noting:
        def execute(self, schedule):
            for _ in range(3):
                schedule._recorder.note_once(text)

    return Noting()
