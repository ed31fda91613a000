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
        self._heard: dict[int, float] = {}
        # trial that lost its worker → when its rest ends
        self._resting: dict[int, float] = {}

    def hand_out(self, number: int) -> None:
        """A trial gets a worker."""
        self.trials.add(number)
        self._resting.pop(number, None)

    def heard(self, number: int) -> None:
        """The worker of a trial sent a message."""
        self._heard[number] = self._clock()

    def take_back(self, number: int) -> None:
        """A trial no longer has a worker."""
        self.trials.discard(number)

    def rest(self, number: int, seconds: float) -> None:
        """A trial lost its worker, and gets no other one for this many seconds."""
        self.trials.discard(number)
        self._resting[number] = self._clock() + seconds

    def ended(self, number: int) -> None:
        """A trial has ended or paused, so it does not wait for a worker."""
        self.trials.discard(number)
        self._resting.pop(number, None)

    def is_resting(self, number: int) -> bool:
        """Whether a trial lost its worker and still has to wait."""
        return self._resting.get(number, -math.inf) > self._clock()

    @property
    def any_waiting(self) -> bool:
        """Whether any trial has a worker, or waits for another one after a loss."""
        return bool(self.trials or self._resting)

    @property
    def shortest_rest(self) -> float:
        """Seconds until the first waiting time is over; 0.0 if no trial waits."""
        now = self._clock()
        first = min(self._resting.values(), default=now)
        return max(first - now, 0.0)

    def silent_for(self, seconds: float) -> frozenset[int]:
        """The trials whose workers have sent nothing for this many seconds."""
        before = self._clock() - seconds
        return frozenset(
            n for n in self.trials if self._heard.get(n, math.inf) < before
        )

    def start_silence_anew(self) -> None:
        """Count every worker's silence from now; safe in a signal handler."""
        self._heard = dict.fromkeys(self._heard, self._clock())
