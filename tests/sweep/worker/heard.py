"""What is heard of an attempt, and what it leaves running."""

import psutil


def messages(attempt):
    found = [attempt.next()]
    while found[-1].kind == "epoch":
        found.append(attempt.next())
    attempt.stop()
    return found


def running(seconds):
    """Processes that sleep for so long."""
    return [
        p
        for p in psutil.process_iter(["cmdline"])
        if seconds in (p.info["cmdline"] or [])
    ]
