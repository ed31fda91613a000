"""Measures this machine's GPUs while a trial trains, by `nvidia-smi`, several times a second.

The figures are NVML's, for whole GPUs: process numbers on a GPU differ from those in a container,
and a trial may have several processes.
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
        busy: fraction of the last moments in which a kernel ran, 0 to 1; None if not reported.
    """

    index: int
    used: int
    total: int
    busy: float | None


@dataclass(frozen=True, slots=True)
class GpuUse:
    """The GPU memory and time that one trial used.

    Attributes:
        gpus: number of GPUs that it trained on.
        memory: bytes on the GPU where it used most, CUDA contexts included.
        free: bytes of that GPU that were free before the trial.
        total: bytes of that GPU.
        busy: mean busy fraction over the measured time, 0 to 1; None if not reported.
    """

    gpus: int
    memory: int
    free: int
    total: int
    busy: float | None


def gpus() -> list[Gpu]:
    """The current state of all GPUs; empty if there is no `nvidia-smi`."""
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
    """Parse one line of `nvidia-smi`; None if it does not give a GPU's memory."""
    fields = [field.strip() for field in line.split(",")]
    if len(fields) != 4 or not all(field.isdecimal() for field in fields[:3]):
        return None
    index, used, total = (int(field) for field in fields[:3])
    busy = int(fields[3]) / 100 if fields[3].isdecimal() else None
    return Gpu(index, used * _MIB, total * _MIB, busy)


def is_enough(first: float, now: float) -> bool:
    """Whether the epochs lasted long enough to measure a busy fraction.

    Args:
        first: end of the first epoch, in monotonic seconds.
        now: end of the latest epoch.
    """
    return now - first >= _EPOCHS_FOR


@dataclass
class Monitor:
    """Samples all GPUs while its `with` block runs.

    Attributes:
        before: state of the GPUs before the block.
        looks: samples (monotonic seconds, GPU), in order.
    """

    before: Sequence[Gpu]
    looks: list[tuple[float, Gpu]] = field(default_factory=list)
    _looked: threading.Event = field(default_factory=threading.Event)
    _process: subprocess.Popen[str] | None = None
    _thread: threading.Thread | None = None

    def __enter__(self) -> Monitor:
        """Start sampling; returns after the first sample.

        Raises:
            UsageError: `nvidia-smi` prints nothing.
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
            raise UsageError(f"{_PROGRAM} --loop-ms printed nothing for {_LONGEST:g} s")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop sampling."""
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
        """The use beyond `before`; None if the trial used no GPU.

        Args:
            since: start of the busy time, in monotonic seconds, to leave out the trial's start.
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
        """The largest used memory of a GPU, in bytes."""
        return max((gpu.used for _, gpu in self.looks if gpu.index == index), default=0)
