"""Escape any text for TeX.

Special characters are escaped. A character that TeX cannot typeset is written as its code point;
none is dropped.
"""

from __future__ import annotations

import unicodedata

_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "{''}",  # \textquotedbl needs an encoding that a paper's class may not have
    "'": r"{'}",
    "`": r"{`}",
    "-": r"{-}",  # no ligature: two hyphens in a name stay two hyphens
    "[": r"{[}",  # no optional argument after \\ or \midrule
    "]": r"{]}",
    "*": r"{*}",
    "−": r"$-$",
    "–": r"\textendash{}",
    "—": r"\textemdash{}",
    "±": r"$\pm$",
    "×": r"$\times$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "→": r"$\rightarrow$",
    "✓": r"$\checkmark$",
    "²": r"\textsuperscript{2}",
    "½": r"$\frac12$",
    "…": r"\ldots{}",
    "’": r"{'}",
    "“": "``",
    "”": "''",
    "\u00a0": "~",
    "µ": r"$\mu$",
}
_SMALL = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu "
    "nu xi pi rho sigma tau upsilon phi chi psi omega"
)
# the other capital letters look like Latin letters
_CAPITAL = "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
for _case, _names in (("SMALL", _SMALL), ("CAPITAL", _CAPITAL)):
    for _name in _names.split():
        _spelling = _name.upper().replace("LAMBDA", "LAMDA")  # as Unicode spells it
        _TEX[unicodedata.lookup(f"GREEK {_case} LETTER {_spelling}")] = rf"$\{_name}$"
# Letters that every font encoding has, and TeX's commands for the accents of ASCII letters.
_LETTERS = dict(
    zip(
        "ßæÆœŒøØåÅłŁ",
        ("ss", "ae", "AE", "oe", "OE", "o", "O", "aa", "AA", "l", "L"),
        strict=True,
    )
)
_ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u",
    "\u0307": ".",
    "\u0308": '"',
    "\u030b": "H",
    "\u030c": "v",
    "\u0327": "c",
}


def escape(text: str) -> str:
    """Text that TeX typesets literally."""
    return "".join(map(_character, unicodedata.normalize("NFC", text)))


def _character(character: str) -> str:
    if character in _TEX:
        return _TEX[character]
    if character.isspace():
        return " "
    if character in _LETTERS:
        return rf"\{_LETTERS[character]}{{}}"
    base, *accents = list(unicodedata.normalize("NFD", character))
    if not accents and " " < base <= "~":
        return base
    if base.isascii() and len(accents) == 1 and accents[0] in _ACCENTS:
        return rf"\{_ACCENTS[accents[0]]}{{{base}}}"
    return rf"\texttt{{U+{ord(character):04X}}}"
