"""Why a program failed, read from the end of its output."""

from __future__ import annotations

import re

TAIL_LINES = 20
_LONGEST = 300
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07")
_FOOTER = re.compile(r"^(?:wandb|weave):(?: |$)")
_EXCEPTION = re.compile(
    r"^(?:[A-Za-z_]\w*\.)*\w*(?:Error|Exception|Interrupt|Exit|Failed)\b(?::|$)"
)
_TRACEBACK = "Traceback (most recent call last):"


def plain_lines(output: str) -> list[str]:
    """The lines that are not empty, without colours."""
    text = _COLOURS.sub("", output.replace("\r", "\n"))
    return [line for line in text.splitlines() if line.strip()]


def reason(lines: list[str]) -> str:
    """The line with the reason: that of the exception, else the last three lines.

    Lines that wandb prints at the end of every run are ignored.

    Args:
        lines: as `plain_lines` gives them.
    """
    program_lines = [line for line in lines if not _FOOTER.match(line)]
    exception = _exception(program_lines)
    if exception is not None:
        return exception[:_LONGEST]
    return " | ".join(program_lines[-3:])[-_LONGEST:]


def _exception(lines: list[str]) -> str | None:
    """The first line of the last exception that was printed with its traceback, or by its name."""
    starts = [
        position for position, line in enumerate(lines) if line.startswith(_TRACEBACK)
    ]
    if starts:
        below = lines[starts[-1] + 1 :]
        unindented = [line for line in below if not line.startswith((" ", "\t"))]
        if unindented:
            return unindented[0]
    named = [line for line in lines if _EXCEPTION.match(line)]
    return named[-1] if named else None
