"""Estimate the width of a text in Computer Modern, the widest of the common fonts of TeX.

Widths are those of `cmr10` (Knuth, Computer Modern Typefaces, 1986) in thousandths of an em.
Smaller sizes are wider: a digit is 0.514, 0.531 and 0.569 em wide in `cmr9`, `cmr8` and `cmr7`.
"""

from __future__ import annotations

_WIDTHS: dict[str, int] = {
    **dict.fromkeys("0123456789", 500),
    **dict.fromkeys(".,:;!'|il", 278),
    **dict.fromkeys("[]", 278),
    **dict.fromkeys("()rst", 393),
    **dict.fromkeys("acez", 480),
    **dict.fromkeys("fj", 306),
    **dict.fromkeys("bdhnpu", 556),
    **dict.fromkeys("goqkvxy/*", 528),
    **dict.fromkeys("+−±×=<>≥≤Δ✓%", 833),
    **dict.fromkeys("w", 722),
    **dict.fromkeys("mMW", 1000),
    **dict.fromkeys("I", 361),
    **dict.fromkeys("↑↓-_", 400),
    " ": 333,
}
_OTHER = 760  # capitals, and characters that are not listed
_RELATIVE = {9: 1.028, 8: 1.062, 7: 1.138}  # widths against `cmr10`, by font size
BOLD = 1.16  # `cmbx10` against `cmr10`


def width(text: str, size: int, *, bold: bool = False) -> float:
    """The width of a text in points.

    Args:
        text: as it is shown, not yet escaped.
        size: of the font, 9, 8 or 7 pt.
        bold: whether it is bold.
    """
    ems = sum(_WIDTHS.get(character, _OTHER) for character in text) / 1000
    return ems * size * _RELATIVE[size] * (BOLD if bold else 1.0)
