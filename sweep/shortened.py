"""Long lists in messages: the first few, and how many others there are."""

from __future__ import annotations

from collections.abc import Sequence


def first_texts(texts: Sequence[str], most: int, others: str = "more") -> list[str]:
    """At most `most` texts, and after them the number of the others: `and 3 more`.

    Args:
        texts: sentences or parts of them.
        most: how many are shown.
        others: what the others are called, such as `more arms`.
    """
    if len(texts) <= most:
        return list(texts)
    return [*texts[:most], f"and {len(texts) - most} {others}"]


def joined_texts(texts: Sequence[str], most: int, others: str = "more") -> str:
    """`first_texts` in one line: `a; b; and 3 more`."""
    return "; ".join(first_texts(texts, most, others))


def first_names(names: Sequence[str], most: int) -> str:
    """At most `most` names, and after them the number of the others: `a, b and 3 more`."""
    shown = ", ".join(names[:most])
    if len(names) <= most:
        return shown
    return f"{shown} and {len(names) - most} more"
