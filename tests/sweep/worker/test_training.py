"""One attempt in whatever process: however a trainer ends, it is one message, and no
disk is its failure."""

import errno
import os
import random
import re
import shutil
from contextlib import nullcontext

import pytest
import torch

from sweep import command, durable
from sweep.model.trial import Assignment
from sweep.worker.job import Job
from sweep.worker.training import Training, limit_threads, preload

BODIES = {
    "good": "for epoch in range(run.restore(), 3): run.report(epoch, {'m': epoch / 10})",
    "raises": "run.report(0, {'m': 0.1})\n    raise ValueError('wrong shape\\nsecond line')",
    "wordless": "raise ValueError('\\n')",
    "unspeakable": "raise Unspeakable()",
    "exits": "import sys; sys.exit(3)",
    "interrupts": "raise KeyboardInterrupt",
    "not_utf8": "open('/no/\\udcff')",
    "misses": "run.report(0, {'n': 0.1})",
    "diverges": "run.report(0, {'m': float('nan')})",
    "threads": "import torch; run.report(0, {'m': torch.get_num_threads()})",
    "fills_the_disk": (
        "import errno; raise OSError(errno.ENOSPC, 'No space left on device', '/data/x.npy')"
    ),
    "fills_its_output": "import os; os.write(os.open('/dev/full', os.O_WRONLY), b'x')",
}


@pytest.fixture
def trained(tmp_path):
    """`trained(name)`: what is said of one attempt with the trainer of that name."""
    source = (
        "class Unspeakable(Exception):\n    def __str__(self): raise RuntimeError\n"
    )
    for name, body in BODIES.items():
        source += f"def {name}(config, run):\n    {body}\n"
    (tmp_path / "own.py").write_text(source)

    def train(name, judged=None):
        job = Job("study", f"own.py:{name}", str(tmp_path), "m", "maximize")
        folder = tmp_path / "trial"
        given = Assignment(
            7, "a", {}, 5, None, None, 1, str(folder), None, {}, judged=judged
        )
        said = []
        training = Training(
            job,
            given,
            folder,
            load=command.load,
            tell=lambda message: bool(said.append(message)),
            captured=lambda path, attempt: nullcontext(),
        )
        said.append(training.run())
        return said

    return train


def test_a_trainer_waits_after_a_long_epoch(trained, monkeypatch):
    monkeypatch.setattr("sweep.worker.training.SHORT_EPOCH", 0.0)
    assert [m.report.waits for m in trained("good", judged=[])[:-1]] == [True] * 3


def test_a_trainer_waits_for_no_answer_after_a_short_epoch_that_is_not_judged(trained):
    assert [m.report.waits for m in trained("good", judged=[2])[:-1]] == [
        False,
        True,
        False,
    ]


def test_what_preload_draws_does_not_change_what_the_trial_draws():
    def train(config, run):
        raise AssertionError("only its `preload` is called")

    train.preload = lambda config: random.random()
    random.seed(3)
    preload(train, {})
    assert random.random() == random.Random(3).random()


@pytest.mark.parametrize(
    "trainer, reason",
    [
        ("raises", r"^ValueError: wrong shape \(own.py:\d+\)$"),
        ("wordless", r"^ValueError: no message"),
        ("unspeakable", r"^Unspeakable: its message cannot be read: "),
        ("exits", r"^the trainer called sys.exit\(3\)$"),
        ("interrupts", r"^KeyboardInterrupt: no message"),
        ("not_utf8", r"^FileNotFoundError: "),
        ("misses", r"^MetricMissing: no report had the study's metric 'm'"),
        ("diverges", r"^TrialDiverged: m is nan at epoch 1$"),
    ],
)
def test_every_way_to_fail_is_one_message_of_one_line(trained, trainer, reason):
    last = trained(trainer)[-1]
    assert last.kind == "failed"
    assert re.search(reason, last.failure), last.failure
    assert "\n" not in last.failure


def test_a_missing_trainer_and_an_unwritable_folder_are_reported(trained, tmp_path):
    assert "has no function" in trained("absent")[-1].failure
    (tmp_path / "trial").rename(tmp_path / "moved")
    (tmp_path / "trial").write_text("a file where the folder should be")
    last = trained("good")[-1]
    assert last.kind == "unwritable", (
        "nobody's failure: it goes on when the file is out of the way"
    )
    assert re.search(
        r"cannot write .*/trial: File exists.*move it and `sweep resume`", last.failure
    )


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
def test_a_trial_whose_files_cannot_be_written_at_any_call_has_not_failed(
    trained, tmp_path, failing_disk, code
):
    with durable.on((whole := failing_disk()).made()):
        assert trained("good")[-1].kind == "end"
    for at in range(1, len(whole.calls) + 1):
        shutil.rmtree(tmp_path / "trial")
        with durable.on(failing_disk(at, code).made()):
            last = trained("good")[-1]
        assert (last.kind, os.strerror(code) in last.failure) == ("unwritable", True), (
            whole.calls[at - 1]
        )
        assert str(tmp_path) in last.failure
        (tmp_path / "trial").mkdir(exist_ok=True)


@pytest.mark.parametrize("trainer", ["fills_the_disk", "fills_its_output"])
def test_a_trainer_that_meets_a_full_disk_itself_has_not_failed(trained, trainer):
    last = trained(trainer)[-1]
    assert last.kind == "unwritable"
    assert re.search(
        r"cannot write .*: No space left on device.*Free some space and `sweep resume`",
        last.failure,
    )


def test_a_trainer_has_as_many_torch_threads_as_it_was_given(trained):
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        assert trained("threads")[0].report.metrics == {"m": 1.0}
    finally:
        limit_threads(before)
