"""What a record of the event log must look like before anyone acts upon it.

A checksum says that a record is as it was written, not that it was written by this program. A
record whose fields are of the wrong kind (another version's, or made by hand) is refused with its
line, like any other damage.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sweep.errors import LogDamaged
from sweep.log.event_log import FILE_NAME, Event
from sweep.model.trial import State

# What taking in a record can raise: a field is missing, a trial is unknown, a value is of the wrong
# kind further down.
UNFIT = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)

Kind = tuple[str, Callable[[Any], bool]]  # what a field must be, in words and as a check

_NUMBERS = frozenset({int, float})
_MEASURED = frozenset({int, float, type(None)})
_STATES = frozenset(state.value for state in State)
_TEXT_OR_NONE = frozenset({str, type(None)})


def _is(*types: type) -> Callable[[Any], bool]:
    return lambda value: type(value) in types  # exactly: true is not 1


def _mapping_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: type(value) is dict and all(map(fits, value.values()))


def _list_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: type(value) is list and all(map(fits, value))


def _count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _metrics(value: Any) -> bool:
    return type(value) is dict and _MEASURED.issuperset(map(type, value.values()))


def _arm(value: Any) -> bool:
    return (
        type(value) is dict
        and all(type(value.get(key)) is str for key in ("name", "design"))
        and all(type(value.get(key)) is dict for key in ("config", "changes"))
    )


def _known(value: Any) -> bool:
    return (
        type(value) is dict
        and type(value.get("config")) is dict
        and type(value.get("value")) in _NUMBERS
    )


def _past_epoch(value: Any) -> bool:
    return (
        type(value) is dict
        and _count(value.get("epoch"))
        and _metrics(value.get("metrics"))
        and type(value.get("seconds")) in _NUMBERS
    )


TEXT: Kind = ("text", _is(str))
MAYBE_TEXT: Kind = ("text or null", _is(str, type(None)))
NUMBER: Kind = ("a number", _is(int, float))
COUNT: Kind = ("an integer from 0", _count)
MAYBE_COUNT: Kind = ("an integer from 0, or null", lambda value: value is None or _count(value))
MAPPING: Kind = ("a mapping", _is(dict))
TEXTS: Kind = ("a mapping of names to text", _mapping_of(_is(str)))
METRICS: Kind = ("a mapping of names to numbers", _metrics)
ARMS: Kind = ("a list of arms", _list_of(_arm))
GROUPS: Kind = ("a list of lists of names", _list_of(_list_of(_is(str))))
KNOWN: Kind = ("a list of configurations with their values", _list_of(_known))
EPOCHS: Kind = ("a list of epochs", _list_of(_past_epoch))
STATE: Kind = ("a trial's state", lambda value: type(value) is str and value in _STATES)

# Event → field → what it must be. A field that may be missing is checked where it is there.
FIELDS: Mapping[str, Mapping[str, Kind]] = {
    "study_created": {
        "spec": MAPPING,
        "source": TEXT,
        "path": TEXT,
        "overrides": MAPPING,
        "profile": MAYBE_TEXT,
    },
    "spec_extended": {"spec": MAPPING, "source": TEXT},
    "session_started": {
        "pid": COUNT,
        "host": TEXT,
        "command": TEXT,
        "environment": TEXTS,
        "files": TEXTS,
        "study_file": TEXT,
        "from_folder": TEXT,
    },
    "session_ended": {"reason": TEXT},
    "arms_decided": {"arms": ARMS},
    "arm_skipped": {"arm": TEXT, "reason": TEXT},
    "path_started": {"start": MAPPING, "target": MAPPING, "reference": TEXT, "groups": GROUPS},
    "warm_started": {"study": TEXT, "observations": KNOWN, "left_out": MAPPING},
    "trial_created": {
        "trial": COUNT,
        "stage": TEXT,
        "label": TEXT,
        "config": MAPPING,
        "seed": COUNT,
        "fold": MAYBE_COUNT,
        "attributes": MAPPING,
    },
    "trial_started": {"trial": COUNT, "attempt": COUNT},
    "epoch": {
        "trial": COUNT,
        "epoch": COUNT,
        "metrics": METRICS,
        "seconds": NUMBER,
        "checkpoint": MAYBE_TEXT,
        "pruned": TEXT,
    },
    "checkpoint": {"trial": COUNT, "epoch": COUNT, "checkpoint": TEXT},
    "trial_interrupted": {"trial": COUNT, "reason": TEXT, "overhead": NUMBER},
    "trial_reused": {
        "trial": COUNT,
        "study": TEXT,
        "source": COUNT,
        "epochs": EPOCHS,
        "overhead": NUMBER,
    },
    "trial_finished": {"trial": COUNT, "state": STATE, "reason": TEXT, "overhead": NUMBER},
    "configuration_given_up": {"trial": COUNT, "reason": TEXT},
    "notice": {"message": TEXT, "trial": MAYBE_COUNT, "rule": TEXT},
    "report_written": {"records": COUNT, "options": MAPPING, "versions": TEXTS, "files": TEXTS},
}
_EVERY: Mapping[str, Kind] = {"seq": COUNT, "time": NUMBER, "event": TEXT}


def check(event: Event) -> None:
    """Refuse a record whose fields are not of the kind they must be.

    Raises:
        LogDamaged: names the line, the field, what it holds and what it should.
    """
    if _sound_epoch(event):
        return
    for name, (wanted, fits) in (*_EVERY.items(), *FIELDS.get(str(event.get("event")), {}).items()):
        if name in event and not fits(event[name]):
            raise damaged(event, f"its {name} is {_short(event[name])}, not {wanted}")


def _sound_epoch(event: Event) -> bool:
    """The same as `FIELDS` says of an epoch, for the one event of which there are millions; ten times faster."""
    try:
        return (
            event["event"] == "epoch"
            and type(event["trial"]) is type(event["epoch"]) is type(event["seq"]) is int
            and event["trial"] >= 0 <= event["epoch"]
            and type(event["seconds"]) is type(event["time"]) is float
            and type(event["metrics"]) is dict
            and _MEASURED.issuperset(map(type, event["metrics"].values()))
            and type(event["checkpoint"]) in _TEXT_OR_NONE
            and "pruned" not in event
        )
    except KeyError:
        return False


def explained(event: Event, error: Exception) -> LogDamaged:
    """What is wrong with a record that could not be taken in."""
    try:
        check(event)
    except LogDamaged as damage:
        return damage
    if event.get("event") not in FIELDS:
        return damaged(event, f"{_short(event.get('event'))} is no event that this version knows")
    why = (
        f"{_short(error.args[0])} is missing or unknown"
        if isinstance(error, KeyError)
        else str(error).split("\n")[0]
    )
    return damaged(event, f"it cannot be taken in: {why[:200]}")


def damaged(event: Event, what: str) -> LogDamaged:
    """The refusal of one record, with its line."""
    seq = event.get("seq")
    line = seq + 1 if type(seq) is int else "?"
    return LogDamaged(
        f"{FILE_NAME}:{line}: record {_short(event.get('event'))}: {what}. Its checksum is right, so it was written by "
        f"another version of this program, or by hand. Nothing was changed."
    )


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
