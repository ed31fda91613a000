"""The lock of a log: one writer, and whoever else comes is told who it is."""

import os
import socket
import subprocess
import sys
import textwrap

import pytest

from sweep.errors import StudyLocked
from sweep.log.event_log import EventLog


def event(**more):
    return {"event": "notice", **more}


def test_a_second_writer_is_refused_and_told_who_writes(written):
    with EventLog(written) as log:
        log.append(event(event="session_started", pid=os.getpid(), host="node-7"))
        before = written.read_bytes()
        for _ in range(100):
            with pytest.raises(
                StudyLocked, match=rf"process {os.getpid()} on node-7.*sweep status"
            ):
                EventLog(written)
        assert written.read_bytes() == before
    EventLog(written).close()


def test_a_session_that_ended_or_died_is_not_named_as_the_holder(written):
    with EventLog(written) as log:
        log.append(
            event(event="session_started", pid=2**22 + 1, host=socket.gethostname())
        )
        with pytest.raises(StudyLocked, match="just starting or ending"):
            EventLog(written)
        log.append(
            event(event="session_started", pid=os.getpid(), host="node-7"),
            event(event="session_ended"),
        )
        with pytest.raises(StudyLocked, match="just starting or ending"):
            EventLog(written)


def test_the_lock_dies_with_its_holder(written):
    holder = textwrap.dedent(
        """
        import sys, time
        from pathlib import Path
        from sweep.log.event_log import EventLog
        log = EventLog(Path(sys.argv[1]))
        print("locked", flush=True)
        time.sleep(60)
        """
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(written)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"locked\n"
        with pytest.raises(StudyLocked):
            EventLog(written)
        process.kill()
        process.wait()
        EventLog(written).close()
