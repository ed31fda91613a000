"""One line of the event log: a JSON object and its checksum.

    {"crc":"9f3a01c2","seq":17,"time":1763793600.123,"event":"trial_finished","trial":4,"state":"complete"}

`crc` is the CRC-32 of the rest of the line, continued from the CRC of the line before: a lost,
repeated, swapped or altered line breaks the chain. `sweep.model.events` defines what a record
means.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import orjson

from sweep.errors import SweepError

Record = dict[
    str, Any
]  # one line of the log, decoded: `seq`, `time`, `event` and its fields

_HEAD = b'{"crc":"'
_HEX = frozenset(b"0123456789abcdef")
BODY_AT = (
    len(_HEAD) + 8 + 2
)  # bytes before the checked part: the head, 8 hex digits and `",`


def encode(record: Mapping[str, Any], previous_crc: int) -> tuple[bytes, int]:
    """Encode `record` as a line that is chained to the line before; return it and its CRC.

    Raises:
        SweepError: a value has no JSON form, or is NaN or infinite, which JSON would turn into
            null.
    """
    body = _json(record)[1:]
    crc = zlib.crc32(body, previous_crc)
    return _HEAD + b"%08x" % crc + b'",' + body + b"\n", crc


def decode(line: bytes, previous_crc: int) -> tuple[Record, int] | None:
    """Decode a line without its newline; return the record and its CRC.

    None if the line was altered.
    """
    if not line.startswith(_HEAD) or line[BODY_AT - 2 : BODY_AT] != b'",':
        return None
    body = line[BODY_AT:]
    crc = zlib.crc32(body, previous_crc)
    if line[len(_HEAD) : BODY_AT - 2] != b"%08x" % crc:
        return None
    try:
        return orjson.loads(b"{" + body), crc
    except orjson.JSONDecodeError:  # a forged line: correct checksum, invalid JSON
        return None


def stated_crc(line: bytes) -> int | None:
    """The CRC that is written in a line; None if there is none."""
    digits = line[len(_HEAD) : BODY_AT - 2]
    if not line.startswith(_HEAD) or len(digits) != 8 or not _HEX.issuperset(digits):
        return None
    return int(digits, 16)


def decode_all(
    lines: list[bytes], previous_crc: int
) -> tuple[list[Record], int] | None:
    """Decode many lines at once, in a third of the time; None if a line is damaged."""
    crc = previous_crc
    heads: list[bytes] = []
    for line in lines:
        crc = zlib.crc32(line[BODY_AT:], crc)
        heads.append(_HEAD + b'%08x",' % crc)
    if not lines or not all(map(bytes.startswith, lines, heads)):
        return None
    bodies = [line[BODY_AT:] for line in lines]
    try:
        return orjson.loads(b"[{" + b",{".join(bodies) + b"]"), crc
    except orjson.JSONDecodeError:
        return None


def as_read(line: bytes) -> Record:
    """The record of a line that was just encoded, as a reader of the log will see it."""
    record: Record = orjson.loads(b"{" + line[BODY_AT:])
    return record


def _json(record: Mapping[str, Any]) -> bytes:
    try:
        text = orjson.dumps(record, option=orjson.OPT_SERIALIZE_NUMPY)
    except orjson.JSONEncodeError:
        try:
            text = orjson.dumps(
                _readable_text(record), option=orjson.OPT_SERIALIZE_NUMPY
            )
        except orjson.JSONEncodeError as error:
            raise SweepError(
                f"event {record.get('event')!r} has no JSON form: {error}"
            ) from error
    if (
        b"null" in text
        and (path := _lost_value(record, orjson.loads(text))) is not None
    ):
        raise SweepError(
            f"event {record.get('event')!r} is not recorded: {path[1:]} is NaN or infinite"
        )
    return text


def _readable_text(value: Any) -> Any:
    """Replace lone surrogates by escapes.

    They occur in file names and error messages that are not UTF-8.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, Mapping):
        return {
            _readable_text(key): _readable_text(item) for key, item in value.items()
        }
    return (
        [_readable_text(item) for item in value]
        if isinstance(value, list | tuple)
        else value
    )


def _lost_value(value: Any, stored: Any) -> str | None:
    """The path of a null in `stored`, the JSON form of `value`, where `value` is not None."""
    if stored is None:
        return None if value is None else ""
    if isinstance(stored, dict) and isinstance(value, Mapping):
        parts = [(f".{key}", value[key], stored[key]) for key in value if key in stored]
    elif isinstance(stored, list):
        parts = [
            (f"[{i}]", *pair) for i, pair in enumerate(zip(value, stored, strict=True))
        ]
    else:
        return None
    for key, item, kept in parts:
        path = _lost_value(item, kept)
        if path is not None:
            return key + path
    return None
