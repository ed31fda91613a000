"""Whatever a study started ends with its driver, however the driver ends; nothing else
is touched."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from sweep.errors import EngineError
from sweep.watchdog import GRACE, MARK, family, guard, process_tree

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="a guard needs /proc and pidfd"
)

# Starts a child, and through it a grandchild in a session of its own, and says their numbers.
DRIVER = """
import subprocess, sys, time
from pathlib import Path
from types import SimpleNamespace
from sweep.watchdog import guard

CHILD = '''
import subprocess, time
print(subprocess.Popen(["sleep", "60"], start_new_session=True).pid, flush=True)
time.sleep(60)
'''
with guard(Path(sys.argv[1])) as leave_nothing:
    leave_nothing(sys.argv[2])
    child = subprocess.Popen([sys.executable, "-c", CHILD], stdout=subprocess.PIPE, text=True)
    print(child.pid, child.stdout.readline(), end="", flush=True)
    exec(sys.argv[3])
"""


INSIDE = """
import sys
from pathlib import Path
from sweep.watchdog import guard
with guard(Path(sys.argv[1])):
    print("still here")
"""


@pytest.fixture
def study(tmp_path):
    (tmp_path / "study").mkdir()
    (tmp_path / "scratch").mkdir()
    return tmp_path / "study"


def drive(study, then="time.sleep(60)"):
    """A driver under a guard, and the processes that it started."""
    driver = subprocess.Popen(
        [sys.executable, "-c", DRIVER, study, study.parent / "scratch", then],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with driver.stdout as said:
        started = [int(number) for number in said.readline().split()]
    assert len(started) == 2
    return driver, started


def alive(number):
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"  # nobody may be there to reap an orphan


def watchdogs(driver):
    """The watchdogs of a driver that lives, or lived."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if (
            process_tree.__file__.encode() in words
            and str(driver.pid).encode() in words
        ):
            found.append(int(entry.name))
    return found


def gone_within(seconds, numbers):
    until = time.monotonic() + seconds
    while any(map(alive, numbers)) and time.monotonic() < until:
        time.sleep(0.05)
    return not any(map(alive, numbers))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_what_a_killed_driver_started_is_gone_within_ten_seconds_and_so_is_the_watchdog(
    study, number
):
    driver, started = drive(study)
    (watchdog,) = watchdogs(driver)
    driver.send_signal(number)
    driver.wait()
    assert gone_within(10, [*started, watchdog])
    assert not (study.parent / "scratch").exists()


def test_a_driver_that_leaves_by_its_last_exit_says_no_goodbye_either(study):
    driver, started = drive(study, "import os; os._exit(3)")
    assert driver.wait() == 3
    assert gone_within(10, started)


def test_a_clean_end_ends_the_watchdog_and_removes_the_folders(study):
    driver, started = drive(study, "child.kill()")
    assert driver.wait() == 0
    assert watchdogs(driver) == []
    assert not (study.parent / "scratch").exists()
    assert alive(started[1]), (
        "what a trainer left behind on purpose is its own business"
    )
    os.kill(started[1], signal.SIGKILL)


def test_an_error_ends_the_watchdog_and_keeps_the_folders_to_be_looked_at(study):
    driver, started = drive(study, "child.kill(); sys.exit('broken')")
    assert driver.wait() == 1
    assert watchdogs(driver) == []
    assert (study.parent / "scratch").exists()
    os.kill(started[1], signal.SIGKILL)


def test_nothing_of_another_study_is_touched(study, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    driver, started = drive(study)
    neighbour, neighbours = drive(other)
    driver.kill()
    driver.wait()
    assert gone_within(10, started)
    time.sleep(0.5)
    assert neighbour.poll() is None
    assert all(map(alive, neighbours))
    neighbour.kill()
    neighbour.wait()
    assert gone_within(10, neighbours)


def test_a_forked_child_that_holds_the_pipe_does_not_hide_the_end_of_its_driver(study):
    driver, started = drive(
        study, "import os; os.fork() or time.sleep(60); time.sleep(60)"
    )
    driver.kill()
    driver.wait()
    assert gone_within(10, started)
    # The fork itself carries no mark in its environment: it has the driver's, from before the
    # guard.
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if str(study).encode() in (entry / "cmdline").read_bytes().split(b"\0"):
                os.kill(int(entry.name), signal.SIGKILL)
        except OSError:
            continue


def test_the_next_driver_ends_what_an_earlier_one_left_when_its_watchdog_was_killed_too(
    study, tmp_path
):
    driver, started = drive(study)
    for number in [*watchdogs(driver), driver.pid]:
        os.kill(number, signal.SIGKILL)
    driver.wait()
    time.sleep(0.3)
    assert all(map(alive, started))
    other = tmp_path / "other"
    other.mkdir()
    with guard(other):
        assert all(map(alive, started)), "another study's"
    with guard(study):
        assert not any(map(alive, started))


def test_what_cannot_be_ended_is_named_before_a_second_worker_writes_in_its_folder(
    study, monkeypatch
):
    driver, started = drive(study)
    monkeypatch.setattr(process_tree, "_UNKILLABLE", 0.3)
    monkeypatch.setattr(
        process_tree, "_kill", lambda pid, mark, name: None
    )  # as if each waited for a dead disk
    with pytest.raises(EngineError, match=str(started[0])), guard(study):
        pass
    driver.kill()
    driver.wait()
    assert gone_within(10, started)


def test_a_program_that_was_promised_time_gets_it(study):
    then = (
        "subprocess.Popen(['sleep', '59'], env={**__import__('os').environ,"
        f" {GRACE!r}: '2'}}); time.sleep(60)"
    )
    driver, started = drive(study, then)
    (mark,) = {mark_of(number) for number in started}
    until = time.monotonic() + 10
    while len(family(mark)) < 3 and time.monotonic() < until:
        time.sleep(0.02)
    (promised,) = [number for number, grace in family(mark).items() if grace == 2]
    driver.kill()
    driver.wait()
    assert gone_within(1.5, started)
    assert alive(promised)
    assert gone_within(10, [promised])


def mark_of(number):
    pairs = Path(f"/proc/{number}/environ").read_bytes().split(b"\0")
    return next(
        pair.partition(b"=")[2].decode()
        for pair in pairs
        if pair.startswith(MARK.encode() + b"=")
    )


def test_guards_nest_and_leave_the_environment_as_it_was(study, tmp_path, monkeypatch):
    inner = tmp_path / "inner"
    inner.mkdir()
    monkeypatch.delenv(MARK, raising=False)
    monkeypatch.setenv(GRACE, "7")
    with guard(study):
        outer = os.environ[MARK]
        assert GRACE not in os.environ
        with guard(inner):
            assert os.environ[MARK].partition("/")[0] != outer.partition("/")[0]
        assert os.environ[MARK] == outer
    assert MARK not in os.environ
    assert os.environ[GRACE] == "7"


def test_a_process_that_gives_itself_a_title_is_still_found(study):
    """As Ray's agents do, with the library that writes a title over the environment
    unless told not to."""
    title = "import ray._raylet, time; ray._raylet.setproctitle('ray::Agent' * 300); time.sleep(60)"
    driver, started = drive(
        study, f"subprocess.Popen([sys.executable, '-c', {title!r}]); time.sleep(60)"
    )
    (mark,) = {mark_of(number) for number in started}
    until = time.monotonic() + 30
    while (
        not (titled := [number for number in family(mark) if is_titled(number)])
        and time.monotonic() < until
    ):
        time.sleep(0.1)
    driver.kill()
    driver.wait()
    assert len(titled) == 1
    assert gone_within(10, [*titled, *started])


def is_titled(number):
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes().startswith(b"ray::Agent")
    except OSError:
        return False


def test_a_driver_inside_its_own_family_is_spared(study, monkeypatch):
    with guard(study):
        outer = os.environ[MARK]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            MARK: outer,
        }
        done = subprocess.run(
            [sys.executable, "-c", INSIDE, study],
            env=environment,
            capture_output=True,
            text=True,
        )
    assert done.stdout == "still here\n", done.stderr


def test_a_stopped_watchdog_does_not_keep_its_driver(study, monkeypatch):
    monkeypatch.setattr("sweep.watchdog._PATIENCE", 0.2)
    with guard(study):
        until = time.monotonic() + 30
        while (
            not (found := watchdogs(SimpleNamespace(pid=os.getpid())))
            and time.monotonic() < until
        ):
            time.sleep(0.02)  # it is forked, and becomes the watchdog in a moment
        (watchdog,) = found
        os.kill(watchdog, signal.SIGSTOP)
    assert not alive(watchdog)


def test_the_watchdog_is_small(study):
    driver, started = drive(study)
    (watchdog,) = watchdogs(driver)
    resident = int(Path(f"/proc/{watchdog}/statm").read_text().split()[1]) * os.sysconf(
        "SC_PAGE_SIZE"
    )
    driver.kill()
    driver.wait()
    assert gone_within(10, started)
    assert resident < 20e6, "bytes"
