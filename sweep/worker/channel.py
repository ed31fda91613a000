"""Messages between two processes over a stream socket.

A message is its length in eight bytes, then its pickle. No message is lost: the part that has
arrived is kept until the rest comes, and messages that a process sent before it died can still be
read. A sender waits while the other side does not read (backpressure).
"""

from __future__ import annotations

import os
import pickle
import select
import socket
import struct
import time
from collections.abc import Sequence
from typing import Any

_LENGTH = struct.Struct("!Q")
_PIECE = 1 << 16  # bytes read at a time
_MOST_DESCRIPTORS = 4  # received with one piece
_CLOSE_ON_EXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


class Closed(Exception):
    """The other side closed the channel or died; everything it sent has been read."""


class Channel:
    """One end of a connection between two processes.

    Attributes:
        descriptors: file descriptors received with messages so far; the reader removes them from
            the list and closes them.
    """

    def __init__(self, end: socket.socket):
        end.settimeout(None)  # a trainer may have called socket.setdefaulttimeout
        self._socket = end
        self._arrived = bytearray()
        self.descriptors: list[int] = []

    @classmethod
    def of_descriptor(cls, descriptor: int) -> Channel:
        """The end of a channel that another process left open under this number."""
        return cls(socket.socket(fileno=descriptor))

    def fileno(self) -> int:
        """The descriptor, for poll."""
        return self._socket.fileno()

    def send(self, message: Any, descriptors: Sequence[int] = ()) -> None:
        """Send one message, with descriptors that the other side gets copies of.

        Raises:
            Closed: the other side has closed the connection.
        """
        body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        data = memoryview(_LENGTH.pack(len(body)) + body)
        try:
            if descriptors:
                sent = socket.send_fds(self._socket, [data], list(descriptors))
                data = data[sent:]
            self._socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Closed from error

    def receive(self, timeout: float | None = None) -> Any:
        """The next message.

        Args:
            timeout: seconds to wait, None: for ever; 0.0: only a message that has arrived.

        Raises:
            TimeoutError: the message is not complete yet; the part that arrived is kept.
            Closed: see there.
        """
        until = None if timeout is None else time.monotonic() + timeout
        while (message := self._take_complete()) is None:
            if until is not None:
                seconds_left = max(until - time.monotonic(), 0.0)
                if not self._is_readable(seconds_left):
                    raise TimeoutError
            self._read_piece()
        return pickle.loads(message)  # noqa: S301  (written by a process of ours)

    def has_message(self) -> bool:
        """Whether a complete message waits in the buffer, where poll does not see it."""
        return self._end_of_first() is not None

    def close(self) -> None:
        """Close this end."""
        self._socket.close()

    def _take_complete(self) -> bytes | None:
        """Remove the first message from the buffer; None: it is not complete yet."""
        end = self._end_of_first()
        if end is None:
            return None
        message = bytes(self._arrived[_LENGTH.size : end])
        del self._arrived[:end]
        return message

    def _end_of_first(self) -> int | None:
        """The end of the first message in the buffer; None: it is not complete yet."""
        if len(self._arrived) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._arrived)
        end: int = _LENGTH.size + length
        return end if len(self._arrived) >= end else None

    def _is_readable(self, seconds: float) -> bool:
        poller = select.poll()
        poller.register(self._socket, select.POLLIN)
        return bool(poller.poll(1000 * seconds))

    def _read_piece(self) -> None:
        try:
            data, descriptors, _, _ = socket.recv_fds(
                self._socket, _PIECE, _MOST_DESCRIPTORS, _CLOSE_ON_EXEC
            )
        except ConnectionResetError:
            data, descriptors = b"", []
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        self.descriptors += descriptors
        if not data:
            raise Closed
        self._arrived += data


def pair() -> tuple[Channel, socket.socket]:
    """A channel of this process, and the other end, to be passed to another process."""
    our_end, other_end = socket.socketpair()
    return Channel(our_end), other_end
