"""What the keys of `report` mean that change a page and no number: columns, notes,
precision, names.

A profile stands for several of them; what the study file says itself goes before the profile.
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

# Profile → the keys of `report` that it stands for; with `only_compared`, metrics that arms are not
# compared on are left to the files for programs.
PROFILES: dict[str, dict[str, Any]] = {
    "paper": {
        "columns": ("metrics", "change", "looks", "runs"),
        "only_compared": True,
        "notes": "short",
    },
}


def decimals(value: Any) -> int | dict[str, int] | None:
    """A number of decimals, or one for each metric.

    Raises:
        ValueError: it is neither.
    """
    if value is None or _is_count(value):
        return value  # type: ignore[no-any-return]
    if isinstance(value, dict) and all(isinstance(name, str) for name in value):
        wrong = [name for name, places in value.items() if not _is_count(places)]
        if not wrong:
            return dict(value)
        value = value[wrong[0]]
    raise ValueError(
        f"{value!r} is no number of decimals from 0 to {MOST_DECIMALS}, "
        "nor a mapping of metrics to such numbers, e.g. {test/f1: 3}"
    )


Precision = Annotated[int | dict[str, int] | None, PlainValidator(decimals)]


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MOST_DECIMALS
