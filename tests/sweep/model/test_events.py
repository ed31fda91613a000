"""The events: each says its kind, none can be changed, and all are registered."""

from dataclasses import FrozenInstanceError, fields, is_dataclass
from typing import get_args

import pytest

from sweep.model import events, trial_events
from sweep.model.events import EVENTS, Event, Notice


def test_every_event_class_of_both_modules_is_registered_under_its_kind():
    written = [*vars(events).values(), *vars(trial_events).values()]
    described = [each for each in written if is_dataclass(each)]
    with_a_kind = {each for each in described if "kind" in vars(each)}
    assert set(EVENTS.values()) == with_a_kind == set(get_args(Event))
    assert all(EVENTS[each.kind] is each for each in with_a_kind)


def test_no_two_events_have_one_kind():
    assert len(EVENTS) == len(get_args(Event))


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_no_field_takes_the_name_of_what_every_record_has(event):
    assert {each.name for each in fields(event)}.isdisjoint(
        {"crc", "seq", "time", "event", "kind"}
    )


def test_an_event_cannot_be_changed():
    notice = Notice("once")
    with pytest.raises(FrozenInstanceError):
        notice.message = "twice"


def test_tables_mention_a_notice_unless_it_says_otherwise():
    assert Notice("a sentence").caveat
