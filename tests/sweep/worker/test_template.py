"""A template process, as its worker sees it: started when it is needed, replaced when it dies."""

import os
import signal
import time

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
