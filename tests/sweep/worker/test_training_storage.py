"""Attempts that keep a trial's files in a storage: what the log named is what the next one gets."""

import threading
from contextlib import nullcontext

import pytest

from sweep import command
from sweep.model.trial import Assignment
from sweep.storage import Storage
from sweep.worker import training
from sweep.worker.job import Job
from sweep.worker.mirror import Mirror
from sweep.worker.training import Training
from tests.sweep.engine.weights import WEIGHTS

TRAINER = (
    WEIGHTS
    + """
def train(config, run):
    weights = Weights()
    for epoch in range(run.restore(weights=weights), 6):
        weights.value = weights.value * 1.5 + 1.0
        (run.folder / "predictions.csv").write_text(f"{weights.value}")
        if run.report(epoch, {"m": weights.value}):
            break
    (run.folder / "at the end.txt").write_text(f"{epoch}")
"""
)
LATE = "late"  # the name of the thread whose uploads hang


class HungStorage(Storage):
    """Uploads of the late attempt wait at epoch 2 until the network is back."""

    hangs, is_back = threading.Event(), threading.Event()

    def put(self, data, name):
        if threading.current_thread().name == LATE and "epoch-00002" in name:
            self.hangs.set()
            assert self.is_back.wait(60)
        return super().put(data, name)


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A study whose log is in memory and whose workers each have a disk of their own."""
    (tmp_path / "own.py").write_text(TRAINER)
    HungStorage.hangs.clear()
    HungStorage.is_back.clear()
    monkeypatch.setattr(training, "Storage", HungStorage)
    return Study(tmp_path)


class Study:
    def __init__(self, home):
        self.home, self.uri = home, f"file://{home}/store"
        self.attempt, self.reports, self.hashes, self.named = 0, {}, {}, None
        self.manifests = []

    def train(self, folder, stop_at=None):
        """One attempt, from what the log says; returns its last message."""
        self.attempt += 1
        attempt = self.attempt
        job = Job(
            "study", "own.py:train", str(self.home), "m", "maximize", storage=self.uri
        )
        assignment = Assignment(
            trial=0,
            label="a",
            config={},
            seed=5,
            fold=None,
            folds=None,
            attempt=attempt,
            folder=str(self.home / "results" / "00000-a"),
            last_epoch=max(self.reports, default=None),
            checkpoints=dict(self.hashes),
            stored=self.named,
        )

        def tell(message):
            if attempt != self.attempt:
                return True  # a later one has started
            report = message.report
            self.name(message.stored)
            self.reports.setdefault(report.epoch, report.metrics["m"])
            self.hashes[report.epoch] = report.checkpoint
            return report.epoch == stop_at

        last = Training(
            job,
            assignment,
            folder,
            load=command.load,
            tell=tell,
            captured=lambda path, attempt: nullcontext(),
        ).run()
        if attempt == self.attempt:
            self.name(last.stored)
        return last

    def name(self, manifest):
        """What the log does with the manifest of a message."""
        if manifest is not None:
            self.named = manifest
            self.manifests.append(manifest)

    def restored(self, folder):
        mirror = Mirror(Storage(self.uri), "trials/00000-a", folder)
        assert mirror.fetch(self.named) == []
        return folder


VALUES = [1.0, 2.5, 4.75, 8.125, 13.1875, 20.78125]


def test_an_upload_of_a_dead_drivers_worker_that_comes_late_is_not_used(
    study, tmp_path
):
    late = threading.Thread(target=study.train, args=[tmp_path / "1"], name=LATE)
    late.start()
    assert HungStorage.hangs.wait(60)
    assert list(study.reports) == [0, 1]
    second = study.train(tmp_path / "2", stop_at=4)
    HungStorage.is_back.set()
    late.join(60)
    assert second.kind == "end"
    assert list(study.reports.values()) == VALUES[:5]
    folder = study.restored(tmp_path / "there")
    assert (folder / "predictions.csv").read_text() == str(VALUES[4])
    assert (folder / "at the end.txt").read_text() == "4"
    assert (folder / "checkpoints/latest.pt").resolve().name == "epoch-00004.pt"
    third = study.train(tmp_path / "3")
    assert third.notices == (), "nothing was lost"
    assert list(study.reports.values()) == VALUES
    history = (study.restored(tmp_path / "end") / "history.jsonl").read_text()
    assert len(history.splitlines()) == 6


def test_an_attempt_stores_before_it_reports_and_removes_nothing(study, tmp_path):
    last = study.train(tmp_path / "1")
    assert last.stored == study.named
    assert len(study.manifests) == 7, "of six reports, and at the end"
    for number, manifest in enumerate(study.manifests):
        folder = tmp_path / f"at-{number}"
        mirror = Mirror(Storage(study.uri), "trials/00000-a", folder)
        assert mirror.fetch(manifest) == []
        assert (folder / "predictions.csv").read_text() == str(VALUES[min(number, 5)])


def test_files_that_were_lost_are_named_and_the_trial_starts_anew(study, tmp_path):
    study.train(tmp_path / "1", stop_at=2)
    storage = Storage(study.uri)
    for name in storage.names("trials"):
        storage.remove(name)
    last = study.train(tmp_path / "2")
    assert last.kind == "end"
    assert list(study.reports.values()) == VALUES
