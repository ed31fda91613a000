"""What a terminal would obey is shown, and everything else stays as it is."""

import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from sweep.safe_text import SHOWN, ascii_json, clean, clean_lines, safe_json


def obeyed(character):
    return (
        unicodedata.category(character) == "Cc"
        or character in "\u202e\u2066\u2028\u200f"
    )


@given(st.text())
def test_nothing_that_a_terminal_obeys_is_left(text):
    assert not any(map(obeyed, clean(text)))
    assert not any(
        obeyed(character) for character in clean_lines(text) if character not in "\t\n"
    )
    assert len(clean(text)) == len(text)


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Zl", "Zp"]))
)
def test_ordinary_text_of_any_script_stays(text):
    assert clean(text) == clean_lines(text) == text


def test_escape_sequences_are_shown():
    assert (
        clean("\x1b[31mred\x1b]0;title\x07") == f"{SHOWN}[31mred{SHOWN}]0;title{SHOWN}"
    )
    assert clean_lines("a\tb\nc\rd") == f"a\tb\nc{SHOWN}d"


@given(st.text())
def test_escaped_json_says_the_same(text):
    written = json.dumps({"name": text}, ensure_ascii=False, indent=2)
    for escaped in (safe_json(written), ascii_json(written)):
        assert json.loads(escaped) == {"name": text}
    assert not any(
        obeyed(character) for character in safe_json(written) if character not in "\t\n"
    )
    assert ascii_json(written).isascii()
