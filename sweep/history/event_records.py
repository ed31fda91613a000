"""Convert an event to a JSON record of the log, and back.

Both directions follow from the dataclasses in `sweep.model.events`. A checksum proves that a record
is unchanged, not that this program wrote it. So a record whose fields do not match its event's
class is refused like other damage, with its line, the field, the value and what is allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from sweep.errors import LogDamaged, LogOfAnotherVersion
from sweep.log.event_log import FILE_NAME
from sweep.log.lines import Record
from sweep.model.events import EVENTS, Event
from sweep.spec.study import UnreadableSection
from sweep.version import VERSION

# Errors of folding a record that does not fit: a field is missing, a trial is unknown, or a nested
# value has the wrong type.
UNFIT = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)

_LONGEST = 60  # characters of a value in a message

# pydantic's type of error → what is allowed, in words.
_ALLOWED: Mapping[str, str] = {
    "string_type": "text",
    "int_type": "an integer",
    "greater_than_equal": "an integer of at least 0",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "dataclass_type": "a mapping",
    "tuple_type": "a list",
}


def to_record(event: Event) -> Record:
    """The JSON form of an event, without the line's `seq` and `time`."""
    record: Record = {"event": event.kind}
    for each in fields(event):
        value = getattr(event, each.name)
        if value != _default(each):
            record[each.name] = _plain(value)
    return record


def from_record(record: Mapping[str, Any]) -> Event:
    """The event in a record.

    Its `seq` was checked by the log's reader.

    Raises:
        LogDamaged: this version does not write such a record; the message names the line, the
            field, its value and what is allowed.
    """
    time, kind = record.get("time"), record.get("event")
    if type(time) is not float and type(time) is not int:
        raise damaged(record, f"its time is {_short(time)}, not a number")
    if type(kind) is not str or kind not in EVENTS:
        raise damaged(record, f"{_short(kind)} is not an event that this version knows")
    try:
        # As JSON, where a strict check takes a list for a tuple and a mapping for a dataclass.
        return _reader(kind)(orjson.dumps(record), strict=True)
    except ValidationError as error:
        raise damaged(record, _problem(error.errors(include_url=False)[0])) from error


def refusal(record: Mapping[str, Any], error: Exception) -> LogDamaged:
    """Why a record could not be taken into the history."""
    if isinstance(error, LogDamaged):
        return error
    if isinstance(error, UnreadableSection):
        return _of_another_version(record, error)
    if isinstance(error, KeyError):
        reason = f"{_short(error.args[0])} is missing or unknown"
    else:
        reason = str(error).split("\n")[0][:200]
    return damaged(record, f"it contradicts the records before it: {reason}")


def damaged(record: Mapping[str, Any], problem: str) -> LogDamaged:
    """The error for one record, with its line."""
    return LogDamaged(
        f"{_place(record)}: record {_short(record.get('event'))}: {problem}. "
        f"Its checksum is correct, so another version of this program, or a person, wrote it. "
        f"Nothing was changed."
    )


def _of_another_version(
    record: Mapping[str, Any], error: UnreadableSection
) -> LogDamaged:
    """The error for a study whose settings another version wrote in an incompatible form."""
    return LogOfAnotherVersion(
        f"{_place(record)}: another version of this program wrote the study's settings in a form "
        f"that sweep {VERSION} does not read ({error}): open the study with the version that "
        f"wrote it, or run its study file as a new study"
    )


def _place(record: Mapping[str, Any]) -> str:
    """The file and line of a record."""
    seq = record.get("seq")
    line = seq + 1 if type(seq) is int else "?"
    return f"{FILE_NAME}:{line}"


@cache
def _reader(kind: str) -> Callable[..., Event]:
    validate: Callable[..., Event] = TypeAdapter(EVENTS[kind]).validator.validate_json
    return validate


def _default(each: Field[Any]) -> Any:
    if each.default_factory is not MISSING:
        return each.default_factory()
    return each.default  # MISSING, which equals no value, where there is none


def _plain(value: Any) -> Any:
    """Convert dataclasses and tuples to JSON's mappings and lists."""
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _problem(error: ErrorDetails) -> str:
    path = ".".join(map(str, error["loc"]))
    if error["type"] == "missing":
        return f"its {path} is missing"
    value = _short(error["input"])
    if error["type"] == "enum":
        return f"its {path} is {value}, not one of {error['ctx']['expected']}"
    if error["type"] not in _ALLOWED:
        return f"its {path} is {value}: {error['msg']}"
    return f"its {path} is {value}, not {_ALLOWED[error['type']]}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "…"
