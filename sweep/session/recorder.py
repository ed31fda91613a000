"""The one writer of the log while a study runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sweep.history.event_records import to_record
from sweep.history.folding import apply
from sweep.history.history import History
from sweep.log.event_log import EventLog
from sweep.model.events import Event, Notice

Listener = Callable[[History, Event], None]


class Recorder:
    """Records events durably, then adds them to the history, then calls the listener.

    Args:
        log: open for writing.
        history: the fold of that log.
        listen: called after every event, with the history that already contains it.

    Attributes:
        history: as above.
    """

    def __init__(self, log: EventLog, history: History, listen: Listener):
        self.history = history
        self._log, self._listen = log, listen
        self._noted: set[str] = set()

    def record(self, *events: Event) -> None:
        """Record events, all in one write."""
        if not events:
            return
        records = self._log.append(*map(to_record, events))
        for event, record in zip(events, records, strict=True):
            apply(self.history, record)
            self._listen(self.history, event)

    def note(self, number: int, notices: Sequence[str]) -> None:
        """Record notices of a trial."""
        self.record(*[Notice(text, number) for text in notices])

    def note_once(self, text: str) -> None:
        """Record a notice of the study as a whole, unless the log has it already."""
        if text in self._noted:
            return
        self._noted.add(text)
        if all(notice.message != text for notice in self.history.notices):
            self.record(Notice(text))
