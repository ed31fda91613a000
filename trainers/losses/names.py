"""Checks of names; an error says the value, what is allowed and the nearest name."""

from __future__ import annotations

import difflib
from collections.abc import Collection


def check_choice(parameter: str, value: object, allowed: Collection[str]) -> None:
    """Raise a ValueError unless `value` is one of the values allowed for `parameter`."""
    if value not in allowed:
        close = difflib.get_close_matches(str(value), allowed, n=1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        raise ValueError(
            f"unknown {parameter} {value!r}; {hint}one of: {', '.join(allowed)}"
        )


def check_names(what: str, names: Collection[str], expected: Collection[str]) -> None:
    """Raise a ValueError that lists missing and unknown names, unless `names` equals
    `expected`.
    """
    missing = [name for name in expected if name not in names]
    unknown = [name for name in names if name not in expected]
    if missing or unknown:
        parts = [f"missing: {', '.join(missing)}"] if missing else []
        parts += [f"unknown: {', '.join(unknown)}"] if unknown else []
        raise ValueError(
            f"{what} must name exactly {', '.join(expected)}; {'; '.join(parts)}"
        )
