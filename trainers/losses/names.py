"""Refusals of unknown names, each with what was found, what is allowed and the nearest name."""

from __future__ import annotations

import difflib
from collections.abc import Collection


def check_choice(parameter: str, found: object, allowed: Collection[str]) -> None:
    """Raise a ValueError unless `found` is one of the values allowed for `parameter`."""
    if found not in allowed:
        close = difflib.get_close_matches(str(found), allowed, n=1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        raise ValueError(
            f"unknown {parameter} {found!r}; {hint}one of: {', '.join(allowed)}"
        )


def check_names(what: str, found: Collection[str], expected: Collection[str]) -> None:
    """Raise a ValueError that lists the missing and the unknown, unless `found` holds exactly the
    `expected` names.
    """
    missing = [name for name in expected if name not in found]
    unknown = [name for name in found if name not in expected]
    if missing or unknown:
        parts = [f"missing: {', '.join(missing)}"] if missing else []
        parts += [f"unknown: {', '.join(unknown)}"] if unknown else []
        raise ValueError(
            f"{what} must name exactly {', '.join(expected)}; {'; '.join(parts)}"
        )
