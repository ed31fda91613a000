"""What this machine's GPUs do while a trial trains, as `nvidia-smi` says several times a second.

The figures are NVML's, of whole GPUs: in a container the processes on a GPU have other numbers than
here, and a trial may have several processes.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType

from sweep.errors import UsageError

_PROGRAM = "nvidia-smi"
_QUERY = "--query-gpu=index,memory.used,memory.total,utilization.gpu"
_FORMAT = "--format=csv,noheader,nounits"
_EVERY = 100  # milliseconds
_MIB = 2**20
_TRAINED_ON = 64 * _MIB  # more memory than before: less than any CUDA context takes
_LONGEST = 10.0  # seconds for one look
# seconds of epochs: a GPU's busy time is a mean over up to one second
_EPOCHS_FOR = 3.0


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU at one moment.

    Attributes:
        index: as `nvidia-smi` numbers it.
        used, total: bytes of memory.
        busy: part of the last moments in which a kernel ran, 0 to 1; None: it does not say.
    """

    index: int
    used: int
    total: int
    busy: float | None


@dataclass(frozen=True, slots=True)
class GpuUse:
    """What one trial took.

    Attributes:
        gpus: how many it trained on.
        memory: bytes, on the GPU where it took most; contexts included.
        free: bytes of that GPU that were free before.
        total: bytes of that GPU.
        busy: mean over the time looked at, 0 to 1; None: the GPU does not say.
    """

    gpus: int
    memory: int
    free: int
    total: int
    busy: float | None


def gpus() -> list[Gpu]:
    """The GPUs as they are now; none where there is no `nvidia-smi`."""
    try:
        done = subprocess.run(  # noqa: S603
            [_PROGRAM, _QUERY, _FORMAT],
            capture_output=True,
            text=True,
            timeout=_LONGEST,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    if done.returncode:
        return []
    return [gpu for line in done.stdout.splitlines() if (gpu := read(line)) is not None]


def read(line: str) -> Gpu | None:
    """One line of the program; None: it is none of a GPU whose memory is known."""
    fields = [field.strip() for field in line.split(",")]
    if len(fields) != 4 or not all(field.isdecimal() for field in fields[:3]):
        return None
    index, used, total = (int(field) for field in fields[:3])
    busy = int(fields[3]) / 100 if fields[3].isdecimal() else None
    return Gpu(index, used * _MIB, total * _MIB, busy)


def is_enough(first: float, now: float) -> bool:
    """Whether epochs were watched for long enough.

    Args:
        first: when the first of them ended, in monotonic seconds.
        now: when the latest did.
    """
    return now - first >= _EPOCHS_FOR


@dataclass
class Monitor:
    """Looks at all GPUs while its block runs.

    Attributes:
        before: the GPUs when it began.
        looks: (monotonic seconds, a GPU), in order.
    """

    before: Sequence[Gpu]
    looks: list[tuple[float, Gpu]] = field(default_factory=list)
    _looked: threading.Event = field(default_factory=threading.Event)
    _process: subprocess.Popen[str] | None = None
    _thread: threading.Thread | None = None

    def __enter__(self) -> Monitor:
        """Begin to look; the first look has been when this returns.

        Raises:
            UsageError: `nvidia-smi` says nothing.
        """
        try:
            self._process = subprocess.Popen(  # noqa: S603
                [_PROGRAM, _QUERY, _FORMAT, f"--loop-ms={_EVERY}"],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        except OSError as error:
            raise UsageError(f"{_PROGRAM}: {error.strerror}") from error
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        if not self._looked.wait(_LONGEST):
            self._end()
            raise UsageError(f"{_PROGRAM} --loop-ms said nothing for {_LONGEST:g} s")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Look no more."""
        self._end()

    def _end(self) -> None:
        if self._process is not None and self._thread is not None:
            self._process.kill()
            self._process.wait()
            self._thread.join()

    def _listen(self) -> None:
        if self._process is None or self._process.stdout is None:
            return
        with self._process.stdout as lines:
            for line in lines:
                gpu = read(line)
                if gpu is not None:
                    self.looks.append((time.monotonic(), gpu))
                    self._looked.set()

    def use(self, since: float) -> GpuUse | None:
        """What was taken beyond `before`; None: no GPU was trained on.

        Args:
            since: busy time is that from here on, in monotonic seconds: of epochs, not of the
                trial's start.
        """
        rise = {gpu.index: self._most(gpu.index) - gpu.used for gpu in self.before}
        trained_on = [index for index, bytes_ in rise.items() if bytes_ >= _TRAINED_ON]
        if not trained_on:
            return None
        fullest = max(trained_on, key=lambda index: rise[index])
        (start,) = (gpu for gpu in self.before if gpu.index == fullest)
        busy = []
        for at, gpu in self.looks:
            if at >= since and gpu.index in trained_on and gpu.busy is not None:
                busy.append(gpu.busy)
        return GpuUse(
            gpus=len(trained_on),
            memory=rise[fullest],
            free=start.total - start.used,
            total=start.total,
            busy=sum(busy) / len(busy) if busy else None,
        )

    def _most(self, index: int) -> int:
        """The most memory that was used of a GPU."""
        return max((gpu.used for _, gpu in self.looks if gpu.index == index), default=0)
