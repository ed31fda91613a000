"""Numbers as text, with no more digits than their uncertainty justifies."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sweep.model import by_epoch

MINUS = "−"
MISSING = "–"
LONG = 1e7  # numbers from here on are written with an exponent


def decimals(uncertainty: float) -> int:
    """Decimal places that an uncertainty justifies, at least 0.

    The rule of the Particle Data Group (Review of Particle Physics, "Introduction", 5.3): take the
    three highest digits of the uncertainty; from 100 to 354 keep two of them, from 355 to 949 one,
    from 950 to 999 round up to 1000 and keep two.
    """
    exponent = math.floor(math.log10(uncertainty))
    digits = round(uncertainty / 10.0 ** (exponent - 2))
    if digits >= 1000:  # 0.9996 has the highest digits 1000: one order up
        exponent, digits = exponent + 1, 100
    if digits <= 354:
        significant = 2
    elif digits <= 949:
        significant = 1
    else:
        exponent, significant = exponent + 1, 2
    return max(0, significant - 1 - exponent)


def plain(value: float | None, places: int | None = None) -> str:
    """A number without a known uncertainty, with four significant digits.

    Numbers below `LONG` have `places` decimals instead, where that is given.
    """
    if value is None or math.isnan(value):
        return MISSING
    if places is not None and abs(value) < LONG:
        text = f"{value:.{places}f}"
        return _minus(text.lstrip("-") if float(text) == 0 else text)
    return _minus(f"{value:.4g}")


def value_text(value: object) -> str:
    """A value of a parameter, or another fact of a run, as tables and notes show it."""
    if by_epoch.is_by_epoch(value):
        return by_epoch.shown(value)
    return plain(value) if isinstance(value, float) else str(value)


def spread(mean: float, sd: float, fixed_places: int | None = None) -> str:
    """`0.712 ± 0.013` or `(1.21 ± 0.12)e9`; without a spread the mean alone.

    There is no spread with one run, or if all runs are equal.

    Args:
        mean, sd: of the runs.
        fixed_places: decimals; None: as many as `sd` justifies.
    """
    if not _usable(sd):
        return plain(mean, fixed_places)
    largest = max(abs(mean), sd)
    if fixed_places is not None and largest < LONG:
        return f"{plain(mean, fixed_places)} ± {plain(sd, fixed_places)}"
    places = decimals(sd)
    if places <= 6 and largest < LONG:
        return f"{plain(mean, places)} ± {plain(sd, places)}"
    exponent, scale = _order(largest)
    places = decimals(sd / scale)
    scaled_mean, scaled_sd = plain(mean / scale, places), plain(sd / scale, places)
    return f"({scaled_mean} ± {scaled_sd})e{_minus(str(exponent))}"


def signed(value: float, places: int) -> str:
    """`+0.021`, `−0.004`, `0.000`."""
    text = plain(value, places)
    return text if text.startswith(MINUS) or float(text) == 0 else f"+{text}"


def change(
    mean: float,
    low: float,
    high: float,
    sd: float = math.nan,
    *,
    fixed_places: int | None = None,
) -> str:
    """`+0.021 [+0.004, +0.038]`: a change with its interval, rounded by the half-width.

    Without an interval it is the change alone. If one of the three numbers reaches `LONG`, all are
    written with its exponent: `+1.2e9 [−0.3e9, +2.0e9]`.

    Args:
        mean, low, high: the change and the ends of its interval.
        sd: of the differences; a change without an interval is rounded by it.
        fixed_places: decimals; None: as many as the interval justifies.
    """
    half = (high - low) / 2
    if fixed_places is not None and math.isfinite(mean) and abs(mean) < LONG:
        if not _usable(half):
            return signed(mean, fixed_places)
        return _bracketed(mean, low, high, fixed_places)
    if not _usable(half):
        if _usable(sd):
            return signed(mean, decimals(sd))
        return plain(mean) if mean <= 0 else f"+{plain(mean)}"
    largest = max(abs(mean), abs(low), abs(high))
    if largest < LONG:
        return _bracketed(mean, low, high, decimals(half))
    exponent, scale = _order(largest)
    places = decimals(half / scale)
    shown = [
        f"{signed(number / scale, places)}e{exponent}" for number in (mean, low, high)
    ]
    return f"{shown[0]} [{shown[1]}, {shown[2]}]"


def _bracketed(mean: float, low: float, high: float, places: int) -> str:
    return f"{signed(mean, places)} [{signed(low, places)}, {signed(high, places)}]"


def p_value(p: float | None) -> str:
    """`0.012`, `0.34`, `<0.001`."""
    if p is None or math.isnan(p):
        return MISSING
    if p < 0.001:
        return "<0.001"
    return f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def percent(share: float) -> str:
    """A share in percent with at least two significant digits, without a plus sign."""
    value = 100 * share
    return f"{plain(value, 0 if abs(value) >= 10 else 1)} %"


def duration(seconds: float) -> str:
    """`48 s`, `12 min`, `3.4 h`."""
    if seconds < 120:
        return f"{seconds:.3g} s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.3g} min"
    return f"{seconds / 3600:.3g} h" if seconds < 360_000 else f"{seconds / 3600:.0f} h"


def trial_list(trials: list[int] | tuple[int, ...]) -> str:
    """`trial 4`, `trials 3, 5–9`: three or more consecutive numbers become a range."""
    if not trials:
        return "no trial"
    return f"trial{'s' if len(trials) > 1 else ''} {number_list(trials)}"


def number_list(numbers: Sequence[int]) -> str:
    """`3, 5–9`: runs of three and more consecutive numbers are drawn together."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [
        ", ".join(map(str, run)) if len(run) < 3 else f"{run[0]}–{run[-1]}"
        for run in runs
    ]
    return ", ".join(parts)


def _order(number: float) -> tuple[int, float]:
    """The decimal exponent of a number, and 10 to that power: 9 and 1e9 for 1.2e9."""
    exponent = math.floor(math.log10(number))
    return exponent, 10.0**exponent


def _usable(uncertainty: float) -> bool:
    return math.isfinite(uncertainty) and uncertainty > 0


def _minus(text: str) -> str:
    return text.replace("-", MINUS)
