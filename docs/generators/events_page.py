"""The page on the event log: one section an event, from the classes that it is written from."""

from __future__ import annotations

import inspect
import re

from sweep.model.events import EVENTS

_ATTRIBUTE = re.compile(r"^    ([^:\n]+): (.*(?:\n     .*)*)", re.MULTILINE)
_OPENING = """# Events of the log

`results/STUDY/events.jsonl` is the study's only memory: one JSON record a line, with a checksum and
a number, appended and never changed. Everything else in the folder can be made from it. `event`
names the kind; a field with a default may be missing.
"""


def text() -> str:
    """The page, in Markdown."""
    return (
        "\n\n".join([_OPENING, *(_event(kind, each) for kind, each in EVENTS.items())])
        + "\n"
    )


def _event(kind: str, event: type) -> str:
    document = inspect.cleandoc(event.__doc__ or "")
    summary, _, attributes = document.partition("\n\nAttributes:\n")
    lines = [f"## {kind}", "", summary, ""]
    described = [
        (names, " ".join(words.split()))
        for names, words in _ATTRIBUTE.findall(attributes)
    ]
    if described:
        lines += ["| field | holds |", "|---|---|"]
        lines += [f"| `{names}` | {words} |" for names, words in described]
    return "\n".join(lines).rstrip()
