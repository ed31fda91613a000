"""How the numbers of a column line up at the decimal point in a browser, on one line and on two.

Where a column is narrow, a line ends between a number and its interval. Each of the two is filled
up with invisible text of what it lacks: the number behind it, the interval in front of it.
"""

from __future__ import annotations

from collections import Counter

from markupsafe import Markup

from sweep.report.formats.decimal_point import aligned_columns, split
from sweep.report.table import Table
from sweep.safe_text import clean_lines

# Invisible text behind a number, and in front of its interval.
Padding = tuple[str, str]
_BEHIND = Markup('<span data-pad="{}">{}</span>')
_BEFORE = Markup('<span data-before="{}">{}</span>')


def padding(table: Table, index: int) -> dict[str, Padding]:
    """Text of a column's cell → what it lacks; nothing where no number has a decimal point."""
    if index not in aligned_columns(table):
        return {}
    texts = {
        row[index].text for row in table.rows if split(row[index].text) is not None
    }
    tails = {text: _tail(text) for text in texts}
    intervals = {text: _widths(text.partition(" [")[2]) for text in texts}
    longest_tail = max(tails.values(), key=len, default="")
    longest_interval = max(intervals.values(), key=len, default="")
    found = {}
    for text in texts:
        behind = _lacking(longest_tail, tails[text])
        before = _lacking(longest_interval, intervals[text])
        if before and not intervals[text]:
            behind, before = f"{behind} [{before}", ""
        found[text] = (behind, before)
    return found


def number(text: str, lacking: Padding = ("", "")) -> Markup:
    """A number of which a line may only be ended in front of its interval."""
    value, bracket, interval = (
        clean_lines(text).replace(" ", "\u00a0").partition("\u00a0[")
    )
    behind, before = (
        each.replace(" ", "\u00a0").replace("\u00a0[", " [") for each in lacking
    )
    shown = _filled(_BEHIND, behind, value)
    if bracket:
        shown += Markup(" ") + _filled(_BEFORE, before, f"[{interval}")
    return shown


def _filled(template: Markup, lacking: str, text: str) -> Markup:
    return template.format(lacking, text) if lacking else Markup.escape(text)


def _lacking(longest: str, text: str) -> str:
    return "".join((Counter(longest) - Counter(text)).elements())


def _tail(text: str) -> str:
    """The widths of what a number has from its decimal point on, without its interval."""
    parts = split(text.partition(" [")[0])
    return "" if parts is None else _widths(parts[1])


def _widths(text: str) -> str:
    """The same with one character for all of one width: digits and signs."""
    return "".join("0" if c.isdigit() else "+" if c == "−" else c for c in text)
