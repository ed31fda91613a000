"""The one way of text to the terminal: whatever a study's names hold, the terminal
obeys none of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from sweep.safe_text import clean_lines


class SafeConsole(Console):
    """A console that shows control characters and reads no markup in what it is given.

    Square brackets stay as they are: `loss[a]` is the name of a metric and no style.
    """

    def __init__(self, **options: Any):
        super().__init__(
            **{"markup": False, "emoji": False, "highlight": False, **options}
        )

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """The segments of a renderable; Rich's own control codes stay, those in text do not."""
        for segment in super().render(renderable, options):
            if segment.control:
                yield segment
            else:
                yield Segment(clean_lines(segment.text), segment.style)
