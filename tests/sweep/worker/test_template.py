"""A template process, as its worker sees it: started when it is needed, replaced when it dies."""

import os
import signal
import time

import pytest

from sweep.worker.template import Template
from tests.sweep.worker.heard import messages


def test_a_template_that_was_killed_is_replaced(begin, template):
    attempt = begin("slow")
    attempt.next()
    os.kill(template.pid, signal.SIGKILL)
    heard = messages(attempt)
    assert heard[-1].kind == "lost"
    assert "template" in heard[-1].failure
    assert messages(begin("good"))[-1].kind == "end"
    os.kill(template.pid, signal.SIGKILL)
    time.sleep(0.2)
    assert messages(begin("good"))[-1].kind == "end", "while it was idle"


def test_an_interrupt_while_it_ends_leaves_no_process_behind(monkeypatch):
    """Else its Popen warns of a process that still runs, when nobody can catch that any more."""
    template = Template()
    template.prepare()
    process = template._process
    really_wait = process.wait
    waits = []

    def interrupted(timeout=None):
        waits.append(timeout)
        if len(waits) == 1:
            raise KeyboardInterrupt
        return really_wait(timeout)

    monkeypatch.setattr(process, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        template.close()
    assert process.returncode is not None
