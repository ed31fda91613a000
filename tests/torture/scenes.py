"""What happens around a driver: each scene brings one study into trouble, and then to its end.

Beside the kills of `torture.py`: terminals that are closed, helpers of the driver's that die,
reports that are cut short, folders that are moved, links, a disk that turns read-only or slow.
"""

from __future__ import annotations

import os
import pty
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from sweep.log.event_log import FILE_NAME
from sweep.model.trial import State
from tests.torture import driver, faults
from tests.torture.accounting import Watched

Scene = Callable[[Watched], list[str]]
PATIENCE = 900.0  # seconds for a session that is left alone, and for its report
_SERIAL = ("--engine", "serial")
_RUN = ["-m", "sweep", "run", "study.yaml"]
_RESUME = ["-m", "sweep", "resume", driver.NAME]

# Every call that changes a file takes 20 ms longer.
_SLOW = """
import dataclasses, sys, time
from sweep import durable
from sweep.study import resume, run

def slowly(call):
    def wait(*given):
        time.sleep(0.02)
        return call(*given)
    return wait

disk = durable.disk()
calls = {f.name: slowly(getattr(disk, f.name)) for f in dataclasses.fields(disk)}
with durable.on(durable.Disk(**calls)):
    run("study.yaml", engine="serial") if sys.argv[1] == "run" else resume("tortured", engine="serial")
"""


# --------------------------------------------------------------------------- terminals


def a_window_is_closed(watched: Watched) -> list[str]:
    """A pseudo-terminal whose master is closed while the study runs on Ray."""
    pid, master = _in_a_terminal(watched.home, [sys.executable, *_RUN])
    _wait_for_work(watched, pid)
    os.close(master)
    return _stopped(watched, _exit_code(pid), signal.SIGHUP)


def ctrl_c(watched: Watched) -> list[str]:
    """Ctrl-C goes to all processes of the terminal's foreground group."""
    pid, master = _in_a_terminal(watched.home, [sys.executable, *_RUN])
    _wait_for_work(watched, pid)
    os.write(master, b"\x03")
    code = _exit_code(pid, master)
    os.close(master)
    return _stopped(watched, code, signal.SIGINT)


def tmux_kill_session(watched: Watched) -> list[str]:
    """`tmux kill-session`; tmux is a server of its own, on a socket of this scene's."""
    if shutil.which("tmux") is None:
        return ["not run: tmux is not installed"]
    socket = str(watched.home / "tmux")
    line = f"cd {watched.home} && exec {shlex.join([sys.executable, *_RUN])} > said.txt 2>&1"
    marked = driver.environment(watched.home)
    subprocess.run(
        ["tmux", "-S", socket, "new-session", "-d", "-s", "torture", line],
        env=marked,
        check=True,
    )
    _wait_for_work(watched, None)
    subprocess.run(["tmux", "-S", socket, "kill-session", "-t", "torture"], check=True)
    if driver.seconds_until_gone(watched.home, 60.0) is None:
        return [f"left after 60 s: {driver.family(watched.home)}"]
    return _stopped(watched, None, signal.SIGHUP)


# --------------------------------------------------------------------------- helpers that die


def gcs_server_dies(watched: Watched) -> list[str]:
    """Ray's `gcs_server` is killed under a living driver, which goes on to its end."""
    process = driver.launch(watched.home, _RUN)
    if not faults.wait_for_work(watched.home, process):
        return ["the driver ended before there was work"]
    driver.kill(
        n for n, name in driver.family(watched.home).items() if "gcs_server" in name
    )
    if not faults.ends_within(process, PATIENCE):
        driver.kill(driver.family(watched.home))
        return ["the driver hung without its gcs_server"]
    return [] if process.returncode == 0 else [f"exit code {process.returncode}"]


def watchdog_dies(watched: Watched) -> list[str]:
    """The watchdog is killed, then the driver: the next driver ends what is left."""
    process = driver.launch(watched.home, _RUN)
    if not faults.wait_for_work(watched.home, process):
        return ["the driver ended before there was work"]
    dogs = subprocess.run(
        ["pgrep", "-P", str(process.pid), "-f", "process_tree.py"],
        capture_output=True,
        check=False,
    )
    numbers = [int(word) for word in dogs.stdout.split()]
    driver.kill(numbers)
    driver.kill([process.pid])
    process.wait()
    return [] if numbers else ["there was no watchdog"]


# --------------------------------------------------------------------------- files


def report_is_cut_short(watched: Watched) -> list[str]:
    """`sweep report` is killed at twelve moments of its writing; the next one is whole."""
    _to_the_end(watched)
    report = ["-m", "sweep", "report", driver.NAME]
    began = time.monotonic()
    driver.launch(watched.home, report).wait(PATIENCE)
    whole = time.monotonic() - began
    for part in range(12):
        process = driver.launch(watched.home, report)
        time.sleep(whole * (0.3 + 0.06 * part))
        driver.kill([process.pid])
        process.wait()
    driver.launch(watched.home, report).wait(PATIENCE)
    return _verified(watched)


def everything_is_moved(watched: Watched) -> list[str]:
    """The study's folder is renamed, the results are moved, the project is moved, each
    after a kill."""
    problems = []
    home, results = watched.home, watched.home / "results"
    _killed(watched, _RUN)
    (results / driver.NAME).rename(results / "renamed")
    problems += _killed(watched, ["-m", "sweep", "resume", "renamed"])
    (results / "renamed").rename(results / driver.NAME)
    results.rename(home / "elsewhere")
    there = ["-m", "sweep", "resume", driver.NAME, "--results", "elsewhere"]
    problems += _killed(watched, there)
    (home / "elsewhere").rename(results)
    moved = home.with_name(f"{home.name}-moved")
    home.rename(moved)
    problems += _killed(Watched(moved), _RESUME)
    moved.rename(home)
    return problems


def links_everywhere(watched: Watched) -> list[str]:
    """A killed study with a link in each place that is written next leads nothing outside."""
    _killed(watched, _RUN)
    victim = watched.home / "victim"
    victim.mkdir()
    (victim / "file").write_text("precious")
    folder = watched.path.parent
    for name in ("report", "export", "code", "tensorboard"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).symlink_to(victim)
    for trial in sorted((folder / "trials").iterdir()):
        for name in (
            "config.json.writing",
            "command.txt",
            "checkpoints/index.json.writing",
        ):
            (trial / name).unlink(missing_ok=True)
            if (trial / name).parent.is_dir():
                (trial / name).symlink_to(victim / "file")
    for words in (_RESUME, ["-m", "sweep", "report", driver.NAME]):
        process = driver.launch(
            watched.home, [*words, *(_SERIAL if words is _RESUME else ())]
        )
        if not faults.ends_within(process, PATIENCE):
            driver.kill(driver.family(watched.home))
            return ["a command hung at a link"]
    left = sorted(path.name for path in victim.iterdir())
    problems = [] if left == ["file"] else [f"written through a link: {left}"]
    if (victim / "file").read_text() != "precious":
        problems.append("a file was overwritten through a link")
    for name in ("report", "export", "code", "tensorboard"):
        (folder / name).unlink(missing_ok=True)
    return problems


def disk_turns_read_only(watched: Watched) -> list[str]:
    """The results' file system meets an error and turns read-only; it is repaired, and writable."""
    results, kept = watched.home / "results", watched.home / "kept"
    results.mkdir()
    image = _file_system(watched.home, results)
    if image is None:
        return [
            "not run: mounting a file system takes root, a loop device and mkfs.ext4"
        ]
    try:
        process = driver.launch(watched.home, [*_RUN, *_SERIAL])
        began = faults.wait_for_work(watched.home, process)
        # what ext4 does at an error of the disk: files that are open become read-only too
        subprocess.run(["mount", "-o", "remount,abort", str(results)], check=True)
        ended = faults.ends_within(process, 120.0)
        driver.kill(driver.family(watched.home))
        process.wait()
        subprocess.run(["umount", str(results)], check=True)
        subprocess.run(["e2fsck", "-p", str(image)], check=False)  # 1: it was repaired
        subprocess.run(["mount", "-o", "loop", str(image), str(results)], check=True)
        shutil.copytree(results / driver.NAME, kept / driver.NAME, symlinks=True)
    finally:
        subprocess.run(["umount", "-l", str(results)], check=False)
    results.rmdir()
    kept.rename(results)
    problems = [] if began else ["the driver ended before there was work"]
    if not ended:
        problems.append("the driver hung on a read-only disk")
    elif process.returncode != 4:
        problems.append(f"exit code {process.returncode} instead of 4")
    return problems


def disk_is_slow(watched: Watched) -> list[str]:
    """Each of the driver's calls to the disk takes 20 ms longer; it is killed, and goes on."""
    problems = _killed(watched, ["-c", _SLOW, "run"], began_anyhow=True)
    process = driver.launch(watched.home, ["-c", _SLOW, "resume"])
    if not faults.ends_within(process, PATIENCE):
        driver.kill(driver.family(watched.home))
        return [*problems, "the driver hung on a slow disk"]
    return problems + (
        [] if process.returncode == 0 else [f"exit code {process.returncode}"]
    )


SCENES: dict[str, Scene] = {
    scene.__name__.replace("_", " "): scene
    for scene in (
        a_window_is_closed,
        ctrl_c,
        tmux_kill_session,
        gcs_server_dies,
        watchdog_dies,
        report_is_cut_short,
        everything_is_moved,
        links_everywhere,
        disk_turns_read_only,
        disk_is_slow,
    )
}


# --------------------------------------------------------------------------- parts


def to_the_end(watched: Watched) -> list[str]:
    """Resume the study until it is done."""
    if watched.history().sessions[-1].ended == "done":
        return []
    return _to_the_end(watched, _RESUME)


def _to_the_end(watched: Watched, words: list[str] | None = None) -> list[str]:
    process = driver.launch(watched.home, [*(words or _RUN), *_SERIAL])
    if not faults.ends_within(process, PATIENCE):
        driver.kill(driver.family(watched.home))
        return [f"a session was not done after {PATIENCE:g} s"]
    code = process.returncode
    return [f"a session ended with exit code {code}: see said.txt"] if code else []


def _killed(
    watched: Watched, words: list[str], *, began_anyhow: bool = False
) -> list[str]:
    """Start a driver, and kill it soon after it has begun an epoch."""
    engine = () if began_anyhow else _SERIAL
    process = driver.launch(watched.home, [*words, *engine])
    if not faults.wait_for_work(watched.home, process):
        return [f"{' '.join(words)[:60]} ended before there was work: see said.txt"]
    time.sleep(0.5)
    driver.kill([process.pid])
    process.wait()
    gone = driver.seconds_until_gone(watched.home, 20.0)
    if gone is None:
        driver.kill(driver.family(watched.home))
        return ["processes were left after 20 s"]
    return []


def _file_system(home: Path, place: Path) -> Path | None:
    """An ext4 in a file of `home`, mounted at `place`; None where that cannot be done."""
    image = home / "disk"
    with image.open("wb") as file:
        file.truncate(64_000_000)
    make = ["mkfs.ext4", "-q", "-F", str(image)]
    mount = ["mount", "-o", "loop,errors=remount-ro", str(image), str(place)]
    for command in (make, mount):
        if shutil.which(command[0]) is None:
            return None
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return None
    return image


def _in_a_terminal(home: Path, words: list[str]) -> tuple[int, int]:
    """A process with a terminal of its own, and the terminal's other end."""
    pid, master = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # this harness may run under nohup
        os.chdir(home)
        os.execve(words[0], words, driver.environment(home))
    return pid, master


def _wait_for_work(watched: Watched, pid: int | None) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and not any(
        each[0] == "epoch" for each in watched.witness()
    ):
        time.sleep(0.05)
    time.sleep(0.5)


def _exit_code(pid: int, master: int | None = None) -> int | None:
    """How the process ended; its terminal is read meanwhile, as any window would."""
    until = time.monotonic() + 60.0
    while time.monotonic() < until:
        if master is not None:
            _drain(master)
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


def _drain(master: int) -> None:
    os.set_blocking(master, False)
    try:
        os.read(master, 65_536)
    except OSError:  # nothing there, or the other end is closed
        return


def _stopped(watched: Watched, code: int | None, number: signal.Signals) -> list[str]:
    """It saved, said which signal it heard, and failed no trial."""
    problems = []
    if code is not None and code != 128 + number:
        problems.append(f"exit code {code} instead of {128 + number}")
    if driver.seconds_until_gone(watched.home, 10.0) is None:
        problems.append(f"left after 10 s: {driver.family(watched.home)}")
    history = watched.history()
    ended = history.sessions[-1].ended
    if ended != f"interrupted by {number.name}":
        problems.append(f"the session ended with {ended!r}")
    failed = [t.number for t in history.trials.values() if t.state is State.FAILED]
    return problems + ([f"trials {failed} failed"] if failed else [])


def _verified(watched: Watched) -> list[str]:
    words = [sys.executable, "-m", "sweep", "verify", str(watched.path.parent)]
    environment = driver.environment(watched.home)
    done = subprocess.run(
        words,
        cwd=watched.home,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    sound = done.returncode == 0 and (watched.path.parent / FILE_NAME).is_file()
    return [] if sound else [f"sweep verify: {done.stdout[-500:]}{done.stderr[-500:]}"]
