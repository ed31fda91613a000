"""How a number is written for a reader: no more digits than its uncertainty leaves."""

from __future__ import annotations

import math
from collections.abc import Sequence

MINUS = "−"
MISSING = "–"
LONG = (
    1e7  # from here on a number is written with an exponent: nobody counts its digits
)


def decimals(uncertainty: float) -> int:
    """Digits behind the point that an uncertainty leaves, negative ones counted as 0.

    The rule of the Particle Data Group (Review of Particle Physics, "Introduction", 5.3): look at
    the three highest digits of the uncertainty; from 100 to 354 keep two of them, from 355 to 949
    one, from 950 to 999 round up to 1000 and keep two.
    """
    exponent = math.floor(math.log10(uncertainty))
    digits = round(uncertainty / 10.0 ** (exponent - 2))
    if digits >= 1000:  # 0.9996 has the highest digits 1000: one order up
        exponent, digits = exponent + 1, 100
    if digits <= 354:
        kept = 2
    elif digits <= 949:
        kept = 1
    else:
        exponent, kept = exponent + 1, 2
    return max(0, kept - 1 - exponent)


def plain(value: float | None, places: int | None = None) -> str:
    """A number without a known uncertainty: four significant digits, or `places` behind
    the point below `LONG`.
    """
    if value is None or math.isnan(value):
        return MISSING
    if places is not None and abs(value) < LONG:
        text = f"{value:.{places}f}"
        return _minus(text.lstrip("-") if float(text) == 0 else text)
    return _minus(f"{value:.4g}")


def spread(mean: float, sd: float, wanted: int | None = None) -> str:
    """`0.712 ± 0.013`, `(1.21 ± 0.12)e9`; without a spread (one run, or all equal) the mean alone.

    Args:
        mean, sd: of the runs.
        wanted: decimals; None: as many as `sd` leaves.
    """
    if not _usable(sd):
        return plain(mean, wanted)
    if wanted is not None and max(abs(mean), sd) < LONG:
        return f"{plain(mean, wanted)} ± {plain(sd, wanted)}"
    largest, places = max(abs(mean), sd), decimals(sd)
    if places > 6 or largest >= LONG:
        exponent, scale = _order(largest)
        places = decimals(sd / scale)
        return (
            f"({plain(mean / scale, places)} ±"
            f" {plain(sd / scale, places)})e{_minus(str(exponent))}"
        )
    return f"{plain(mean, places)} ± {plain(sd, places)}"


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
    wanted: int | None = None,
) -> str:
    """`+0.021 [+0.004, +0.038]`, rounded by the interval's half-width; without an interval the
    change alone.

    Where one of the three is long (`LONG`), all have its exponent: `+1.2e9 [−0.3e9, +2.0e9]`.

    Args:
        mean, low, high: the change and the ends of its interval.
        sd: of the differences, which rounds a change without an interval.
        wanted: decimals; None: as many as the interval leaves.
    """
    half = (high - low) / 2
    if wanted is not None and math.isfinite(mean) and abs(mean) < LONG:
        if not _usable(half):
            return signed(mean, wanted)
        return f"{signed(mean, wanted)} [{signed(low, wanted)}, {signed(high, wanted)}]"
    if _usable(half) and (largest := max(abs(mean), abs(low), abs(high))) >= LONG:
        exponent, scale = _order(largest)
        places = decimals(half / scale)
        shown = [
            f"{signed(number / scale, places)}e{exponent}"
            for number in (mean, low, high)
        ]
        return f"{shown[0]} [{shown[1]}, {shown[2]}]"
    if _usable(half):
        places = decimals(half)
        return f"{signed(mean, places)} [{signed(low, places)}, {signed(high, places)}]"
    if _usable(sd):
        return signed(mean, decimals(sd))
    text = plain(mean)
    return text if mean <= 0 else f"+{text}"


def p_value(p: float | None) -> str:
    """`0.012`, `0.34`, `<0.001`."""
    if p is None or math.isnan(p):
        return MISSING
    if p < 0.001:
        return "<0.001"
    return f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def percent(share: float) -> str:
    """A share in percent, two significant digits at least: `+12 %` is written by the
    caller's sign.
    """
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
    """`trial 4`, `trials 3, 5–9`: runs of consecutive numbers are drawn together."""
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
    """The exponent of a number, and what it stands for: 9 and 1e9 for 1.2e9."""
    exponent = math.floor(math.log10(number))
    return exponent, 10.0**exponent


def _usable(uncertainty: float) -> bool:
    return math.isfinite(uncertainty) and uncertainty > 0


def _minus(text: str) -> str:
    return text.replace("-", MINUS)
