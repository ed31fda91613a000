"""The fenced blocks of a Markdown page, and what a reader would do with each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FENCE = re.compile(
    r"(?:<!-- not run: (?P<reason>[^\n]+?) -->\n+)?"
    r"^(?P<indent> *)```(?P<language>\w*)(?P<options>[^\n]*)\n(?P<text>.*?)^(?P=indent)```",
    re.DOTALL | re.MULTILINE,
)
_TITLE = re.compile(r'title="([^"]+)"')


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        language: after the fence: yaml, python, console, text, …
        title: name of the file that it shows; "": none.
        text: what stands between the fences.
        reason: why it is not run; "": it is.
        line: 1-based, in the page.
    """

    language: str
    title: str
    text: str
    reason: str
    line: int


def blocks_of(page: str) -> Iterator[Block]:
    """Every block of a page, in order."""
    for found in _FENCE.finditer(page):
        title = _TITLE.search(found["options"])
        lines = found["text"].splitlines(keepends=True)
        indent = len(found["indent"])
        yield Block(
            language=found["language"],
            title=title[1] if title else "",
            text="".join(line[indent:] if line.strip() else line for line in lines),
            reason=found["reason"] or "",
            line=page.count("\n", 0, found.start()) + 1,
        )


def commands_of(text: str) -> Iterator[tuple[str, str]]:
    """Each command of a console block, which follows `$ `, and the output shown below it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        while command.endswith("\\"):
            more, _, output = output.partition("\n")
            command = command[:-1] + more
        yield command, output


def shows(shown: str, printed: str) -> bool:
    """Whether the output of a page is in what was printed; `…` stands for anything."""
    pattern = ".*?".join(re.escape(_spaced(part)) for part in shown.split("…"))
    return re.search(pattern, _spaced(printed), re.DOTALL) is not None


def _spaced(text: str) -> str:
    """Spaces and line ends alike: a terminal breaks lines where its width ends."""
    return " ".join(text.split())
