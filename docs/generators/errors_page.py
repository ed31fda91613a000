"""The page on exit codes and errors, from the exception tree."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from sweep import errors

_OPENING = """# Exit codes and errors

| code | means | what to do |
|---|---|---|
| 0 | done | |
| 1 | some trials failed, or Ray could not be started | `sweep status STUDY` says which and why |
| 2 | the command or the study file is wrong; nothing was written | mend what is listed |
| 3 | refused: changed study, held lock, damaged log, untrusted code | read what accepts it |
| 4 | the results cannot be written: full disk, quota, read-only | make room, `sweep resume STUDY` |
| 130, 143 | interrupted by SIGINT, SIGTERM (128 + the signal) | `sweep resume STUDY` |

In Python, `sweep.SweepError` catches all of these; the tree below it:

| error | exit code | means |
|---|---|---|
"""


def text() -> str:
    """The page, in Markdown."""
    rows = [
        f"| {name} | {code} | {meaning} |"
        for name, code, meaning in _tree(errors.SweepError)
    ]
    return _OPENING + "\n".join(rows) + "\n"


def _tree(
    root: type[errors.SweepError], depth: int = 0
) -> Iterator[tuple[str, str, str]]:
    indent = "&emsp;" * depth
    code = "128 + signal" if root is errors.Interrupted else str(root.exit_code)
    paragraph = inspect.cleandoc(root.__doc__ or "").partition("\n\n")[0]
    yield f"{indent}`{root.__name__}`", code, " ".join(paragraph.split())
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from _tree(child, depth + 1)
