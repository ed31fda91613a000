"""Messages between two processes over a stream socket.

A message is eight bytes that give its length, and its pickle. Nothing is lost: what has arrived in
part is kept until the rest comes, and what a process sent before it died can still be read. A
sender waits while the other side does not read (backpressure).
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
_MOST_DESCRIPTORS = 4  # that come with one piece
_CLOSE_ON_EXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


class Closed(Exception):
    """The other side closed the channel or died; everything it sent has been read."""


class Channel:
    """One end of a connection between two processes.

    Attributes:
        descriptors: file descriptors that came with the messages received so far; the reader takes
            them out and closes them.
    """

    def __init__(self, end: socket.socket):
        end.settimeout(None)  # a trainer may have called socket.setdefaulttimeout
        self._socket = end
        self._arrived = bytearray()
        self.descriptors: list[int] = []

    @classmethod
    def of_descriptor(cls, descriptor: int) -> Channel:
        """The end that another process left open under this number."""
        return cls(socket.socket(fileno=descriptor))

    def fileno(self) -> int:
        """The descriptor, for poll."""
        return self._socket.fileno()

    def send(self, message: Any, descriptors: Sequence[int] = ()) -> None:
        """Send one message, with descriptors that the other side gets copies of.

        Raises:
            Closed: nobody reads any more.
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
            timeout: seconds to wait for it, None: for ever. 0.0 takes what is there.

        Raises:
            TimeoutError: it has not come whole; what has come is kept.
            Closed: see there.
        """
        until = None if timeout is None else time.monotonic() + timeout
        while (message := self._complete()) is None:
            if until is not None and not self._is_readable(
                max(until - time.monotonic(), 0.0)
            ):
                raise TimeoutError
            self._read_piece()
        return pickle.loads(message)  # noqa: S301  (written by a process of ours)

    def has_message(self) -> bool:
        """Whether a message was read whole that nobody has received: poll knows nothing of it."""
        return self._whole() is not None

    def close(self) -> None:
        """Close this end."""
        self._socket.close()

    def _complete(self) -> bytes | None:
        """The first message that has arrived whole, taken out."""
        end = self._whole()
        if end is None:
            return None
        message = bytes(self._arrived[_LENGTH.size : end])
        del self._arrived[:end]
        return message

    def _whole(self) -> int | None:
        """Where the first message ends, if it has arrived whole."""
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
    """A channel of ours, and the other end, which is given to another process."""
    ours, theirs = socket.socketpair()
    return Channel(ours), theirs
