"""An event as a record and back: the same for every kind, and a record that is none is
refused in words."""

import typing
from dataclasses import fields

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.errors import LogDamaged
from sweep.history.event_records import from_record, to_record
from sweep.model.arm import Arm
from sweep.model.events import (
    EVENTS,
    ArmsDecided,
    Notice,
    SessionStarted,
    WarmObservation,
    WarmStarted,
)
from sweep.model.population_events import MemberCopied
from sweep.model.trial import Report, State
from sweep.model.trial_events import EpochEnded, TrialFinished, TrialReused

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
naturals = st.integers(0, 2**53)
floats = st.floats(allow_nan=False, allow_infinity=False)
values = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | floats | text
mappings = st.dictionaries(text, values | st.lists(values, max_size=2), max_size=3)
names = st.dictionaries(text, text, max_size=2)
reports = st.builds(
    Report, naturals, st.dictionaries(text, floats | st.none(), max_size=2), floats
)
arms = st.builds(
    Arm,
    text,
    mappings,
    text,
    text | st.none(),
    text | st.none(),
    mappings,
    filled=st.lists(text, max_size=2).map(tuple),
    origin=naturals | st.none(),
    kept=st.booleans(),
    tuned=mappings | st.none(),
)
OF_FIELD = {
    "arms": st.lists(arms, max_size=2).map(tuple),
    "busy": floats | st.none(),
    "by_session": st.booleans(),
    "caveat": st.booleans(),
    "compared": st.lists(text, max_size=2).map(tuple),
    "copies": st.lists(
        st.builds(MemberCopied, naturals, naturals, naturals, text, mappings),
        max_size=2,
    ).map(tuple),
    "members": st.lists(naturals, max_size=2).map(tuple),
    "differs": st.lists(text, max_size=2).map(tuple),
    "distributions": names,
    "environment": names,
    "epochs": st.lists(reports, max_size=3).map(tuple),
    "files": names,
    "groups": st.lists(st.lists(text, max_size=2).map(tuple), max_size=2).map(tuple),
    "high": floats | st.none(),
    "lacking": st.lists(naturals, max_size=2).map(tuple),
    "left_out": st.dictionaries(text, naturals, max_size=2),
    "looks": st.lists(naturals, max_size=2).map(tuple),
    "lost": st.booleans(),
    "low": floats | st.none(),
    "margin": floats | text | st.none(),
    "mean": floats | st.none(),
    "metrics": st.dictionaries(text, floats | st.none(), max_size=3),
    "observations": st.lists(
        st.builds(WarmObservation, mappings, floats), max_size=2
    ).map(tuple),
    "state": st.sampled_from(State),
    "tags": st.lists(text, max_size=2).map(tuple),
    "untagged": st.lists(text, max_size=2).map(tuple),
    "versions": names,
}


def strategy(kind):
    """Events of one kind with any values that its fields allow."""
    hints = typing.get_type_hints(EVENTS[kind])
    parts = {}
    for each in fields(EVENTS[kind]):
        hint = hints[each.name]
        by_type = {int: naturals, float: floats, str: text}.get(hint, mappings)
        for plain, values_of in ((int, naturals), (str, text)):
            if plain in typing.get_args(hint) and type(None) in typing.get_args(hint):
                by_type = values_of | st.none()
        parts[each.name] = OF_FIELD.get(each.name, by_type)
    if kind == "trial_reused":
        parts["source"] = naturals
    return st.builds(EVENTS[kind], **parts)


def recorded(event):
    """The event's record, as a reader of the log sees it."""
    return orjson.loads(orjson.dumps({"seq": 6, "time": 1.5, **to_record(event)}))


@pytest.mark.parametrize("kind", EVENTS)
@given(data=st.data())
def test_an_event_comes_back_from_its_record(kind, data):
    event = data.draw(strategy(kind))
    assert from_record(recorded(event)) == event


def test_what_is_as_usual_is_not_written():
    assert to_record(Notice("said")) == {"event": "notice", "message": "said"}
    epoch = EpochEnded(0, 3, {"f1": None}, 1.5, None)
    assert to_record(epoch) == {
        "event": "epoch",
        "trial": 0,
        "epoch": 3,
        "metrics": {"f1": None},
        "seconds": 1.5,
        "checkpoint": None,
    }


def test_a_field_that_a_record_lacks_has_its_default():
    record = recorded(SessionStarted(1, "here", "sweep run", {}))
    assert "storage" not in record
    assert from_record(record).storage is None


def test_a_field_that_nobody_knows_is_passed_over():
    notice = Notice("said")
    assert from_record(recorded(notice) | {"mood": "good"}) == notice


FINISHED = TrialFinished(4, State.COMPLETE, "", 0.5)
ARM = Arm("a", {}, "arms", None, None, {})
REUSED = TrialReused(1, "other", 3, (Report(0, {"f1": 0.5}, 1.0),), 0.0)


@pytest.mark.parametrize(
    "event, changes, words",
    [
        (FINISHED, {"trial": "4"}, "its trial is '4', not an integer"),
        (FINISHED, {"trial": True}, "its trial is True, not an integer"),
        (FINISHED, {"trial": -1}, "its trial is -1, not an integer of at least 0"),
        (FINISHED, {"reason": None}, "its reason is None, not text"),
        (FINISHED, {"overhead": "long"}, "its overhead is 'long', not a number"),
        (
            FINISHED,
            {"state": "perfect"},
            "its state is 'perfect', not one of 'running', 'paused', 'complete', 'pruned' or 'failed'",
        ),
        (Notice("x"), {"caveat": 0}, "its caveat is 0, not true or false"),
        (Notice("x"), {"trial": 1.5}, "its trial is 1.5"),
        (ArmsDecided((ARM,)), {"arms": 3}, "its arms is 3, not a list"),
        (ArmsDecided((ARM,)), {"arms": [7]}, "its arms.0 is 7, not a mapping"),
        (
            ArmsDecided((ARM,)),
            {"arms": [to_record(ArmsDecided((ARM,)))["arms"][0] | {"config": 3}]},
            "its arms.0.config is 3, not a mapping",
        ),
        (REUSED, {"epochs": [{"epoch": 0, "metrics": {"f1": "nan"}, "seconds": 1}]},
         "its epochs.0.metrics.f1 is 'nan', not a number"),
        (WarmStarted("p", (), {}), {"left_out": {"pruned": "2"}}, "its left_out.pruned is '2'"),
        (FINISHED, {"time": "noon"}, "its time is 'noon', not a number"),
        (FINISHED, {"event": "trial_ended"}, "'trial_ended' is not an event that this version knows"),
        (FINISHED, {"event": ["notice"]}, r"\['notice'\] is not an event that this version knows"),
    ],
)  # fmt: skip
def test_a_record_that_is_none_is_refused_with_line_field_value_and_what_is_allowed(
    event, changes, words
):
    with pytest.raises(LogDamaged, match=words) as refused:
        from_record(recorded(event) | changes)
    assert str(refused.value).startswith("events.jsonl:7: record ")
    assert str(refused.value).endswith("Nothing was changed.")


@pytest.mark.parametrize("field", ["trial", "state", "reason", "overhead"])
def test_a_record_without_a_field_it_must_have_is_refused(field):
    record = recorded(FINISHED)
    del record[field]
    with pytest.raises(LogDamaged, match=f"its {field} is missing"):
        from_record(record)


def test_a_long_value_is_cut_in_the_message():
    with pytest.raises(LogDamaged) as refused:
        from_record(recorded(FINISHED) | {"reason": list(range(10_000))})
    assert len(str(refused.value)) < 400
