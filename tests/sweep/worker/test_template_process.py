"""The template process: it ends with its worker, and says why trials are not forked."""

import subprocess
import sys

import psutil

from tests.sweep.worker.heard import messages, running

DRIVER = """
import sys, time
sys.path.insert(0, {tests!r})
from sweep.model.trial import Assignment
from sweep.worker.job import Job
from sweep.worker.template import Template
from sweep.worker.trial_process import TrialProcess
template = Template()
job = Job("study", "own.py:starts_others", {folder!r}, "m", "maximize")
given = Assignment(0, "label", {{}}, 5, None, None, 1, {folder!r} + "/trial", None, {{}})
attempt = TrialProcess(template, job, given)
attempt.next()
print(template.pid, flush=True)
time.sleep(600)
"""


def test_a_trial_dies_with_its_worker_and_all_it_started(begin, tmp_path):
    source = DRIVER.format(tests=str(tmp_path), folder=str(tmp_path))
    worker = subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE)
    template = psutil.Process(int(worker.stdout.readline()))
    family = [template, *template.children(recursive=True), *running("86398")]
    assert len(family) >= 4
    worker.kill()
    worker.communicate()
    _, alive = psutil.wait_procs(family, timeout=5)
    assert not alive


def test_a_module_that_starts_a_thread_is_imported_anew_for_each_trial_and_that_is_said_once(
    begin, tmp_path
):
    own = tmp_path / "own.py"
    thread = (
        "import threading; threading.Thread(target=threading.Event().wait,"
        " daemon=True).start()"
    )
    own.write_text(f"{thread}\n{own.read_text()}")
    first, second = [messages(begin("good")) for _ in range(2)]
    assert [first[-1].kind, second[-1].kind] == ["end", "end"]
    noted = [notice for message in first for notice in message.notices]
    assert len(noted) == 1
    assert "started threads" in noted[0]
    assert "each trial starts in a new process" in noted[0]
    assert not [notice for message in second for notice in message.notices]
