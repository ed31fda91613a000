"""Track which trials have a worker, when each last reported, and which wait after a loss.

This state belongs to one session. It is not in the log, and is lost with the process.
"""

from __future__ import annotations

import math
from collections.abc import Callable


class Workers:
    """The trials that are with a worker now.

    Args:
        clock: monotonic seconds.

    Attributes:
        trials: their numbers.
    """

    def __init__(self, clock: Callable[[], float]):
        self.trials: set[int] = set()
        self._clock = clock
        # trial → when its worker last said something
        self._last_message: dict[int, float] = {}
        # trial that lost its worker → when its rest ends
        self._backing_off: dict[int, float] = {}

    def assign(self, number: int) -> None:
        """A trial gets a worker."""
        self.trials.add(number)
        self._backing_off.pop(number, None)

    def message_received(self, number: int) -> None:
        """The worker of a trial sent a message."""
        self._last_message[number] = self._clock()

    def release(self, number: int) -> None:
        """A trial no longer has a worker."""
        self.trials.discard(number)

    def back_off(self, number: int, seconds: float) -> None:
        """A trial lost its worker, and gets no other one for this many seconds."""
        self.trials.discard(number)
        self._backing_off[number] = self._clock() + seconds

    def ended(self, number: int) -> None:
        """A trial has ended or paused, so it does not wait for a worker."""
        self.trials.discard(number)
        self._backing_off.pop(number, None)

    def is_backing_off(self, number: int) -> bool:
        """Whether a trial lost its worker and still has to wait."""
        return self._backing_off.get(number, -math.inf) > self._clock()

    @property
    def any_waiting(self) -> bool:
        """Whether any trial has a worker, or waits for another one after a loss."""
        return bool(self.trials or self._backing_off)

    @property
    def shortest_backoff(self) -> float:
        """Seconds until the first waiting time is over; 0.0 if no trial waits."""
        now = self._clock()
        first = min(self._backing_off.values(), default=now)
        return max(first - now, 0.0)

    def silent_for(self, seconds: float) -> frozenset[int]:
        """The trials whose workers have sent nothing for this many seconds."""
        before = self._clock() - seconds
        return frozenset(
            n for n in self.trials if self._last_message.get(n, math.inf) < before
        )

    def restart_silence_timers(self) -> None:
        """Count every worker's silence from now; safe in a signal handler."""
        self._last_message = dict.fromkeys(self._last_message, self._clock())
