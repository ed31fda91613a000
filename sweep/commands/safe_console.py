"""A console that keeps control characters in a study's names from reaching the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from sweep.safe_text import clean_lines


class SafeConsole(Console):
    """A console that prints control characters visibly and ignores markup.

    Square brackets are printed as they are: `loss[a]` is the name of a metric, not a style.
    """

    def __init__(self, **options: Any):
        super().__init__(
            **{"markup": False, "emoji": False, "highlight": False, **options}
        )

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """The segments of a renderable; control codes in text are made visible, Rich's stay."""
        for segment in super().render(renderable, options):
            if segment.control:
                yield segment
            else:
                yield Segment(clean_lines(segment.text), segment.style)
