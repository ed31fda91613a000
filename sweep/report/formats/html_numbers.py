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
    texts = {row[index].text for row in table.rows}
    texts = {text for text in texts if split(text) is not None}
    tails = {text: _tail(text) for text in texts}
    intervals = {text: _widths(text.partition(" [")[2]) for text in texts}
    longest_tail = max(tails.values(), key=len, default="")
    longest_interval = max(intervals.values(), key=len, default="")
    paddings = {}
    for text in texts:
        after = _difference(longest_tail, tails[text])
        before = _difference(longest_interval, intervals[text])
        if before and not intervals[text]:
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
    return text.replace(" ", "\u00a0").replace("\u00a0[", " [")


def _filled(template: Markup, pad: str, text: str) -> Markup:
    return template.format(pad, text) if pad else Markup.escape(text)


def _difference(longest: str, text: str) -> str:
    """The characters by which a text is shorter than the longest one."""
    return "".join((Counter(longest) - Counter(text)).elements())


def _tail(text: str) -> str:
    """A number from its decimal point on, without its interval, as in `_widths`."""
    parts = split(text.partition(" [")[0])
    return "" if parts is None else _widths(parts[1])


def _widths(text: str) -> str:
    """A text with digits replaced by 0 and minus by plus, which have the same widths."""
    return re.sub(r"\d", "0", text).replace("−", "+")
