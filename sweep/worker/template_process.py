"""The template process: it imports once what every trial needs, and is forked for each trial.

    python -P -c "…; main()" DESCRIPTOR

Its only connection is to the worker that started it. It has one thread and no CUDA context. It
starts one trial process at a time, waits for its end, ends the processes that it left, and reports
how it ended. If the worker dies, it ends the trial with all its processes, then itself.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import NoReturn

from sweep.worker import kernel, leaving, random_state, warm_up
from sweep.worker.channel import Channel, Closed
from sweep.worker.environment_values import filled
from sweep.worker.exit_reason import Exit, out_of_memory_kills
from sweep.worker.forkable import obstacle
from sweep.worker.fresh_process import start_fresh
from sweep.worker.job import Job
from sweep.worker.orphans import end_orphans
from sweep.worker.random_state import Seeded
from sweep.worker.requests import Exited, Kill, Request, Started
from sweep.worker.training import preload
from sweep.worker.trial_child import Inherited, become_trial
from sweep.worker.watch import Watch

_TEST_LIMIT = 20.0  # seconds for a forked process to train one step
_POLL = 0.02  # seconds between checks of a trial where the kernel has no pidfd


class _WorkerGone(Exception):
    """The worker closed its end of the channel, or died."""


class Template:
    """The state of a template process.

    Args:
        control: to the worker.
    """

    def __init__(self, control: Channel):
        self._control = control
        self._worker = os.getppid()
        self._seeded = Seeded()
        self._train: Callable[..., None] | None = None  # once it is imported
        self._named = "", ""  # its name in the study, and the folder it starts from
        # Why trials start in a new interpreter, None: they are forked.
        self._why_fresh: str | None = None
        self._told_why = False
        self._tested = False
        self._watch: Watch | None = None

    def serve(self) -> None:
        """Start trials until the worker is gone."""
        while True:
            try:
                request = self._control.receive()
            except Closed:
                return
            if isinstance(request, Request):
                self._run(request, self._control.descriptors.pop())

    def _run(self, request: Request, channel: int) -> None:
        """Start a trial's process and stay with it to its end."""
        with tempfile.TemporaryFile(buffering=0) as printed:
            with _printing_to(printed.fileno()):
                self._prepare(request)
            kernel.outlive_parent()  # if the worker dies, end the trial's processes first
            kills_before = out_of_memory_kills()
            pid = self._start(request, channel, printed.fileno())
        os.close(channel)
        try:
            self._control.send(Started(pid, self._note()))
            how = self._wait(pid)
        except (Closed, _WorkerGone):
            _kill(pid)
            end_orphans()
            os._exit(0)
        end_orphans()
        out_of_memory = out_of_memory_kills() > kills_before
        with suppress(Closed):
            self._control.send(Exited(replace(how, out_of_memory=out_of_memory)))
        if self._watch is not None:
            self._watch.learn()
        kernel.die_with_parent(self._worker)
        if os.waitstatus_to_exitcode(how.status) == leaving.USED_TORCH:
            self._learn_torch()

    # ------------------------------------------------------------- before a trial

    def _prepare(self, request: Request) -> None:
        """Import the trainer and read its data.

        A failure here occurs again in the trial's own process, which reports it.
        """
        if self._why_fresh is not None:
            return
        try:
            named = request.job.trainer, request.job.base
            if self._watch is None or self._named != named:
                self._watch = self._watch_anew(request.job)
            self._watch.begin(request.assignment, request.folder)
            if self._train is None or self._named != named:
                self._train, self._named = self._import(request.job), named
            preload(self._train, filled(request.assignment.config))
        except BaseException:  # noqa: BLE001  (a user's module may fail in any way)
            self._why_fresh = ""
            return
        self._why_fresh = obstacle() or self._test()

    def _import(self, job: Job) -> Callable[..., None]:
        """Import the trainer, and what its first steps would import."""
        states_before = random_state.before_import()
        train = warm_up.load_trainer(job.trainer, job.base, job.command)
        self._seeded = random_state.seeded_since(states_before)
        if warm_up.has_torch():
            warm_up.rehearse()
        if self._watch is not None:
            self._watch.prepare()
        gc.freeze()  # otherwise a trial's first full collection copies all imported objects
        return train

    def _watch_anew(self, job: Job) -> Watch:
        """Start recording what is read and imported."""
        if self._watch is not None:
            self._watch.close()
        return Watch(job)

    def _test(self) -> str | None:
        """Train a step in a fork, so that no trial has to hang to show that it fails."""
        if self._tested or not warm_up.has_torch():
            return None
        self._tested = True
        pid = os.fork()
        if pid == 0:
            leaving.forget_inherited_hooks()
            warm_up.trains_with_threads()
            os._exit(0)
        until = time.monotonic() + _TEST_LIMIT
        while time.monotonic() < until:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                return (
                    None if status == 0 else "a forked process could not train a step"
                )
            time.sleep(0.001)
        _kill(pid)
        os.waitpid(pid, 0)
        return "a forked process hung in its first step"

    def _learn_torch(self) -> None:
        """Import torch before the next trial, for a trainer that imports it while training."""
        if self._why_fresh is None and not warm_up.has_torch():
            warm_up.rehearse()
            gc.freeze()

    def _note(self) -> str:
        """Why trials are not forked; only once, then empty."""
        if not self._why_fresh or self._told_why:
            return ""
        self._told_why = True
        return f"{self._why_fresh}: each trial starts in a new process, which takes seconds longer"

    # ------------------------------------------------------------- the trial's process

    def _start(self, request: Request, channel: int, printed: int) -> int:
        if self._why_fresh is not None or self._train is None or self._watch is None:
            return start_fresh(request, channel)
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            inherited = Inherited(self._train, self._seeded, printed, self._watch)
            self._run_trial(request, channel, parent, inherited)
        return pid

    def _run_trial(
        self, request: Request, channel: int, parent: int, inherited: Inherited
    ) -> NoReturn:
        try:
            self._control.close()
            become_trial(request, channel, parent, inherited)
        except BaseException:  # noqa: BLE001  (our error; must not return to `serve`)
            with suppress(OSError):
                os.write(inherited.printed, traceback.format_exc().encode())
        finally:
            os._exit(1)

    def _wait(self, pid: int) -> Exit:
        """Wait for the end of a trial's process, and obey the worker meanwhile.

        Raises:
            _WorkerGone: the worker closed its end of the channel, or died.
        """
        with _watched(pid, self._worker, self._control.fileno()) as wait:
            stopped_by_us = False
            while True:
                ended, status, usage = os.wait4(pid, os.WNOHANG)
                if ended:
                    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
                    return Exit(status, peak, stopped_by_us=stopped_by_us)
                if self._told_to_kill():
                    stopped_by_us = True
                    _kill(pid)
                wait()
                if os.getppid() != self._worker:
                    raise _WorkerGone

    def _told_to_kill(self) -> bool:
        try:
            return isinstance(self._control.receive(0.0), Kill)
        except TimeoutError:
            return False
        except Closed as error:
            raise _WorkerGone from error


@contextmanager
def _printing_to(descriptor: int) -> Iterator[None]:
    """Send the output of this process to a file, and to nowhere afterwards."""
    for number in (1, 2):
        os.dup2(descriptor, number)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):  # the trainer's module may have replaced it
                stream.flush()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for number in (1, 2):
            os.dup2(nowhere, number)
        os.close(nowhere)


@contextmanager
def _watched(trial: int, worker: int, control: int) -> Iterator[Callable[[], object]]:
    """A function that waits until the trial or the worker ends, or the worker sends a message."""
    poller = select.poll()
    poller.register(control, select.POLLIN)
    handles = []
    for pid in (trial, worker):
        handle = kernel.pidfd(pid)
        if handle is not None:
            handles.append(handle)
            poller.register(handle, select.POLLIN)
    timeout = None if len(handles) == 2 else 1000 * _POLL
    try:
        yield lambda: poller.poll(timeout)
    finally:
        for handle in handles:
            os.close(handle)


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def main(descriptor: int) -> None:
    """Serve the worker at the other end of this descriptor."""
    worker = os.getppid()
    kernel.die_with_parent(worker)
    kernel.adopt_orphans()
    kernel.name_process("sweep-template")
    Template(Channel.of_descriptor(descriptor)).serve()
