"""Align the numbers of a column at the decimal point in a browser.

In a narrow column a line may break between a number and its interval. Invisible text pads both to
the length of the longest in the column: the number at its end, the interval at its start.
"""

from __future__ import annotations

import re
from collections import Counter

from markupsafe import Markup

from sweep.report.formats.decimal_point import aligned_columns, split
from sweep.report.table import Table
from sweep.safe_text import clean_lines

# Invisible text after a number, and before its interval.
Padding = tuple[str, str]
_PADDED_AFTER = Markup('<span data-pad="{}">{}</span>')
_PADDED_BEFORE = Markup('<span data-before="{}">{}</span>')


def padding(table: Table, index: int) -> dict[str, Padding]:
    """Text of a column's cell → its padding; empty if no number has a decimal point."""
    if index not in aligned_columns(table):
        return {}
    tails: dict[str, str] = {}
    intervals: dict[str, str] = {}
    for row in table.rows:
        text = row[index].text
        if split(text) is not None:
            _, _, interval = text.partition(" [")
            tails[text] = _tail(text)
            intervals[text] = _widths(interval)
    longest_tail = max(tails.values(), key=len, default="")
    longest_interval = max(intervals.values(), key=len, default="")
    paddings = {}
    for text, tail in tails.items():
        after = _difference(longest_tail, tail)
        before = _difference(longest_interval, intervals[text])
        if before and not intervals[text]:
            # A number without an interval gets the space of one, brackets included.
            after, before = f"{after} [{before}", ""
        paddings[text] = (after, before)
    return paddings


def number(text: str, padded: Padding = ("", "")) -> Markup:
    """A number that may be broken only before its interval."""
    unbroken = clean_lines(text).replace(" ", "\u00a0")
    value, bracket, interval = unbroken.partition("\u00a0[")
    after, before = map(_unbroken_padding, padded)
    shown = _filled(_PADDED_AFTER, after, value)
    if bracket:
        shown += Markup(" ") + _filled(_PADDED_BEFORE, before, f"[{interval}")
    return shown


def _unbroken_padding(text: str) -> str:
    """Padding with unbreakable spaces, except for the space before an interval."""
    return text.replace(" ", "\u00a0").replace("\u00a0[", " [")


def _filled(template: Markup, pad: str, text: str) -> Markup:
    """A text in the template with its padding; without padding the escaped text alone."""
    if not pad:
        return Markup.escape(text)
    return template.format(pad, text)


def _difference(longest: str, text: str) -> str:
    """The characters by which a text is shorter than the longest one."""
    missing = Counter(longest) - Counter(text)
    return "".join(missing.elements())


def _tail(text: str) -> str:
    """A number from its decimal point on, without its interval, as in `_widths`."""
    number_text, _, _ = text.partition(" [")
    parts = split(number_text)
    if parts is None:
        return ""
    _, tail = parts
    return _widths(tail)


def _widths(text: str) -> str:
    """A text with digits replaced by 0 and minus by plus, which have the same widths."""
    return re.sub(r"\d", "0", text).replace("−", "+")
