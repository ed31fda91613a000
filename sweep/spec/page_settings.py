"""Keys of `report` that change the layout but no number: columns, notes, precision, names.

A profile sets several of them; a key in the study file overrides the profile.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import PlainValidator

ColumnName = Literal[
    "verdict",
    "design",
    "change",
    "looks",
    "step",
    "components",
    "metrics",
    "collapsed",
    "tuned",
    "runs",
    "cost",
]
NotesStyle = Literal["full", "short", "separate"]
Pages = Literal["two_columns", "one_column"]
Profile = Literal["paper"]

COLUMN_NAMES: tuple[str, ...] = get_args(ColumnName)
NOTES_STYLES: tuple[str, ...] = get_args(NotesStyle)
MOST_DECIMALS = 10

# Profile → the keys of `report` that it sets. With `only_compared`, only CSV and JSON files show
# metrics that arms are not compared on.
PROFILES: dict[str, dict[str, Any]] = {
    "paper": {
        "columns": ("metrics", "change", "looks", "runs"),
        "only_compared": True,
        "notes": "short",
    },
}


def decimals(value: Any) -> int | dict[str, int] | None:
    """Check a number of decimals, or one for each metric.

    Raises:
        ValueError: `value` is neither.
    """
    if value is None or _is_count(value):
        return value  # type: ignore[no-any-return]
    if isinstance(value, dict) and all(isinstance(name, str) for name in value):
        wrong_names = [name for name, number in value.items() if not _is_count(number)]
        if not wrong_names:
            return dict(value)
        value = value[wrong_names[0]]
    raise ValueError(
        f"{value!r} is neither a number of decimals from 0 to {MOST_DECIMALS} "
        "nor a mapping of metrics to such numbers, e.g. {test/f1: 3}"
    )


Precision = Annotated[int | dict[str, int] | None, PlainValidator(decimals)]


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MOST_DECIMALS
