"""A worker's attempt: however a trainer ends, the study hears of it in one message."""

import errno
import os
import re
import shutil
import subprocess
import sys
import threading

import numpy as np
import orjson
import pytest
import torch

from sweep import command, durable
from sweep.errors import TrialDiverged
from sweep.model.trial import Assignment
from sweep.worker.attempt import Attempt
from sweep.worker.failure import describe
from sweep.worker.job import Job
from sweep.worker.training import limit_threads

BODIES = {
    "good": "for epoch in range(run.restore(), 3):\n        if run.report(epoch, {'m': epoch / 10}): break",
    "raises": "run.report(0, {'m': 0.1})\n    raise ValueError('wrong shape\\nsecond line')",
    "wordless": "raise ValueError('\\n')",
    "unspeakable": "raise Unspeakable()",
    "exits": "import sys; sys.exit(3)",
    "interrupts": "raise KeyboardInterrupt",
    "not_utf8": "open('/no/\\udcff')",
    "misses": "run.report(0, {'n': 0.1})",
    "diverges": "run.report(0, {'m': float('nan')})",
    "slow": "import time\n    for epoch in range(9): time.sleep(0.05); run.report(epoch, {'m': 0.1})",
    "stubborn": "for epoch in range(9): run.report(epoch, {'m': 0.1})",
    "threads": "import torch; run.report(0, {'m': torch.get_num_threads()})",
    "fills_the_disk": "import errno; raise OSError(errno.ENOSPC, 'No space left on device', '/data/predictions.npy')",
    "fills_its_output": "import os; os.write(os.open('/dev/full', os.O_WRONLY), b'x')",
    "chatty": "print('said in Python'); import os; os.write(1, b'said in C\\n')",
}


@pytest.fixture
def begin(tmp_path):
    """`begin(name)` starts an attempt with the trainer of that name."""
    source = "class Unspeakable(Exception):\n    def __str__(self): raise RuntimeError\n"
    for name, body in BODIES.items():
        source += f"def {name}(config, run):\n    {body}\n"
    (tmp_path / "own.py").write_text(source)

    def start(name, attempt=1, last_epoch=None, capture=False, judged=None, **more):
        job = Job("study", f"own.py:{name}", str(tmp_path), "m", "maximize", **more)
        folder = str(tmp_path / "trial")
        given = Assignment(
            7,
            "focal γ",
            {"epochs": 3},
            5,
            None,
            None,
            attempt,
            folder,
            last_epoch,
            {},
            judged=judged,
        )
        return Attempt(command.load, job, given, capture=capture)

    return start


def messages(attempt):
    found = [attempt.next()]
    while found[-1].kind == "epoch":
        found.append(attempt.next())
    attempt.stop()
    return found


def test_a_trainer_is_heard_epoch_by_epoch_and_then_its_end(begin):
    heard = messages(begin("good"))
    assert [m.kind for m in heard] == ["epoch"] * 3 + ["end"]
    assert [m.report.epoch for m in heard[:3]] == [0, 1, 2]
    assert heard[-1].overhead >= 0


def test_reports_on_which_nothing_is_decided_come_together_with_the_end(begin):
    attempt = begin("good", judged=[])
    heard = attempt.several(60.0)
    assert [m.kind for m in heard] == ["epoch"] * 3 + ["end"]
    assert [m.report.waits for m in heard[:3]] == [False] * 3
    attempt.stop()


def test_a_trainer_waits_where_it_may_be_stopped_and_nowhere_else(begin):
    attempt = begin("stubborn", judged=[2, 6])
    assert [m.report.epoch for m in attempt.several(60.0)] == [0, 1]
    assert [m.report.epoch for m in attempt.several(60.0)] == [2, 3, 4, 5]
    attempt.stop()
    assert not any(thread.name == "trial-7" for thread in threading.enumerate())


def test_a_trainer_waits_after_a_long_epoch(begin, monkeypatch):
    monkeypatch.setattr("sweep.worker.training.SHORT_EPOCH", 0.0)
    attempt = begin("good", judged=[])
    assert [m.report.epoch for m in attempt.several(60.0)] == [0]
    attempt.stop()


def test_what_is_said_is_handed_on_after_a_moment_although_the_trainer_goes_on(begin):
    attempt = begin("slow", judged=[])
    assert [m.report.epoch for m in attempt.several(0.0)] == [0]
    attempt.stop()


def test_a_trainer_waits_for_the_verdict_on_each_report(begin):
    attempt = begin("good")
    assert attempt.next().report.epoch == 0
    assert any(thread.name == "trial-7" for thread in threading.enumerate())
    attempt.stop()
    assert not any(thread.name == "trial-7" for thread in threading.enumerate())


@pytest.mark.parametrize(
    "trainer, reason",
    [
        ("raises", r"^ValueError: wrong shape \(own.py:\d+\)$"),
        ("wordless", r"^ValueError: no message"),
        ("unspeakable", r"^Unspeakable: no message"),
        ("exits", r"^the trainer called sys.exit\(3\)$"),
        ("interrupts", r"^KeyboardInterrupt: no message"),
        ("not_utf8", r"^FileNotFoundError: "),
        ("misses", r"^MetricMissing: no report carried the study's metric 'm'"),
        ("diverges", r"^TrialDiverged: m is nan at epoch 0$"),
    ],
)
def test_every_way_to_fail_is_one_message_of_one_line(begin, trainer, reason):
    last = messages(begin(trainer))[-1]
    assert last.kind == "failed"
    assert re.search(reason, last.failure), last.failure
    assert "\n" not in last.failure


def test_a_trainer_that_ignores_a_stop_is_ended_all_the_same(begin):
    attempt = begin("stubborn")
    attempt.next()
    attempt.stop()
    assert not any(thread.name == "trial-7" for thread in threading.enumerate())


def test_a_trainer_that_cannot_be_found_or_written_for_fails_its_trial(begin, tmp_path):
    assert "has no function" in messages(begin("absent"))[-1].failure
    (tmp_path / "trial").rename(tmp_path / "moved")
    (tmp_path / "trial").write_text("a file where the folder should be")
    last = messages(begin("good"))[-1]
    assert last.kind == "unwritable", "nobody's failure: it goes on when the file is out of the way"
    assert re.search(
        r"cannot write .*/trial: File exists.*move it and `sweep resume`", last.failure
    )


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
def test_a_trial_whose_files_cannot_be_written_at_any_call_has_not_failed(
    begin, tmp_path, failing_disk, code
):
    with durable.on((whole := failing_disk()).made()):
        assert messages(begin("good"))[-1].kind == "end"
    for at in range(1, len(whole.calls) + 1):
        shutil.rmtree(tmp_path / "trial")
        with durable.on(failing_disk(at, code).made()):
            last = messages(begin("good"))[-1]
        assert (last.kind, os.strerror(code) in last.failure) == ("unwritable", True), whole.calls[
            at - 1
        ]
        assert str(tmp_path) in last.failure
        (tmp_path / "trial").mkdir(exist_ok=True)


@pytest.mark.parametrize("trainer", ["fills_the_disk", "fills_its_output"])
def test_a_trainer_that_meets_a_full_disk_itself_has_not_failed(begin, trainer):
    last = messages(begin(trainer))[-1]
    assert last.kind == "unwritable"
    assert re.search(
        r"cannot write .*: No space left on device.*Free some space and `sweep resume`",
        last.failure,
    )


def test_a_trial_leaves_its_configuration_and_its_command(begin, tmp_path):
    messages(begin("good"))
    written = orjson.loads((tmp_path / "trial" / "config.json").read_bytes())
    assert (written["trial"], written["label"], written["seed"]) == (7, "focal γ", 5)
    assert written["config"] == {"epochs": 3}
    line = (tmp_path / "trial" / "command.txt").read_text()
    assert line == f"sweep try {tmp_path / 'trial' / 'config.json'}\n"


CAPTURING = """
import os, sys
from sweep.model.trial import Assignment
from sweep import command
from sweep.worker.attempt import Attempt
from sweep.worker.job import Job

for number, name in enumerate(["chatty", "raises"], start=1):
    job = Job("study", f"own.py:{name}", sys.argv[1], "m", "maximize")
    folder = sys.argv[1] + "/trial"
    assignment = Assignment(7, "label", {}, 5, None, None, number, folder, None, {})
    attempt = Attempt(command.load, job, assignment)
    while attempt.next().kind == "epoch":
        pass
    attempt.stop()
print("back again")
os.write(2, b"and here")
"""


def test_what_a_trainer_prints_goes_to_its_own_file_attempt_by_attempt(begin, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", CAPTURING, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (done.stdout, done.stderr) == ("back again\n", "and here")
    output = (tmp_path / "trial" / "output.txt").read_text()
    first, second = output.split("--- attempt 2\n")
    assert first.startswith("--- attempt 1\n")
    assert {"said in Python", "said in C"} <= set(first.splitlines())
    assert "Traceback" in second
    assert "wrong shape" in second


def test_a_resumed_attempt_hears_of_no_epoch_beyond_what_the_study_knows(begin):
    heard = messages(begin("good", attempt=2, last_epoch=0))
    assert [m.report.epoch for m in heard[:-1]] == [0, 1, 2], (
        "no state registered: trained from the start"
    )


def test_a_trainer_has_as_many_torch_threads_as_it_was_given(begin):
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        assert messages(begin("threads"))[0].report.metrics == {"m": 1.0}
    finally:
        limit_threads(before)


class OutOfMemoryError(RuntimeError):
    """Named as torch's."""


def test_cuda_out_of_memory_is_called_by_its_name():
    assert describe(OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")).startswith(
        "CUDA out of memory: "
    )


@pytest.mark.parametrize(
    "error, said",
    [
        (
            RuntimeError("CUDA error: out of memory\nCompile with ..."),
            "CUDA out of memory: CUDA error: out of memory",
        ),
        (
            RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling ..."),
            "CUDA out of memory: CUDA error: CUB",
        ),
        (MemoryError(), "out of memory: no message"),
        (
            MemoryError("Unable to allocate 8.0 EiB for an array"),
            "out of memory: Unable to allocate 8.0 EiB",
        ),
    ],
)
def test_other_words_for_too_little_memory_are_called_the_same(error, said):
    assert describe(error).startswith(said)


def test_what_torch_and_numpy_really_raise_is_called_out_of_memory():
    for allocate in (lambda: torch.empty(2**55), lambda: np.empty(2**55)):
        with pytest.raises((RuntimeError, MemoryError)) as raised:
            allocate()
        assert describe(raised.value).startswith("out of memory: "), str(raised.value)


def test_an_error_of_the_tree_needs_no_place_in_the_code():
    assert (
        describe(TrialDiverged("loss is nan at epoch 3")) == "TrialDiverged: loss is nan at epoch 3"
    )


def test_a_long_message_is_cut():
    assert len(describe(ValueError("x" * 10**6))) < 600
