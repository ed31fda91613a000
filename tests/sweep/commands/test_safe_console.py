"""Whatever a study's names hold, the terminal obeys none of it, and brackets stay."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

from sweep.commands.safe_console import SafeConsole

EVIL = "\x1b]0;title\x07\x1b[2Jname\u202e[a] [bold]b[/bold] [/] :smile:"
OURS = re.compile(
    r"\x1b\[[0-9;]*m|\x1b\[\?25[lh]|\x1b\[1?[AK2]+|\r"
)  # colours and Rich's own


def printed(*things, terminal=True):
    out = io.StringIO()
    console = SafeConsole(
        file=out, force_terminal=terminal, width=200, color_system="standard"
    )
    for thing in things:
        console.print(thing)
    return out.getvalue()


def table(text):
    made = Table(text, title=text)
    made.add_row(text)
    return made


@pytest.mark.parametrize(
    "make", [str, Text, table, lambda text: Text(text, style="bold red")]
)
@pytest.mark.parametrize("terminal", [True, False])
def test_escape_sequences_are_shown_and_brackets_stay(make, terminal):
    said = OURS.sub("", printed(make(EVIL), terminal=terminal))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", said)
    for kept in ("name", "[a]", "[bold]b[/bold]", "[/]", ":smile:"):
        assert kept in said


@given(st.text(max_size=30))
def test_no_text_reaches_a_file_with_a_control_character(text):
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", printed(text, terminal=False))
