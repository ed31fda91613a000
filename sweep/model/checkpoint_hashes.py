"""The checkpoints of an ended trial: epoch → SHA-256, 40 bytes each instead of 200."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping

_SIZE = 32  # bytes of a SHA-256


class Hashes(Mapping[int, str]):
    """SHA-256 by epoch, as 64 lower-case hex digits, in the order in which they were recorded."""

    __slots__ = ("_digests", "_epochs")

    def __init__(self, epochs: memoryview, digests: memoryview):
        self._epochs, self._digests = epochs, digests

    def __getitem__(self, epoch: int) -> str:
        for at, known in enumerate(self._epochs):
            if known == epoch:
                return self._digests[at * _SIZE : (at + 1) * _SIZE].hex()
        raise KeyError(epoch)

    def __iter__(self) -> Iterator[int]:
        return iter(self._epochs)

    def __len__(self) -> int:
        return len(self._epochs)

    def __repr__(self) -> str:
        return repr(dict(self))

    def to_bytes(self) -> tuple[bytes, bytes]:
        """The epochs as int64, and the digests, one after another."""
        return self._epochs.tobytes(), self._digests.tobytes()


def packed(hashes: Mapping[int, str]) -> Mapping[int, str]:
    """The same as `Hashes`, or as they are where one is no SHA-256."""
    text = "".join(hashes.values())
    if len(text) != 2 * _SIZE * len(hashes) or any(
        len(one) != 2 * _SIZE for one in hashes.values()
    ):
        return hashes
    try:
        digests = bytes.fromhex(text)
        epochs = array("q", hashes)
    except (ValueError, TypeError, OverflowError):
        return hashes
    return (
        Hashes(memoryview(epochs).toreadonly(), memoryview(digests))
        if digests.hex() == text
        else hashes
    )
