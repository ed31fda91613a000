"""Notes on a study that runs: in its log while it runs, and its session goes on."""

import pytest

import sweep
from sweep.history.opening import read
from sweep.log.lock import is_held
from sweep.session import note_box

TRAINER = """
def train(config, run):
    for epoch in range(run.restore(), 3):
        if run.report(epoch, {"val/f1": epoch / 10}):
            break
"""
STUDY = """
name: small
trainer: own.py:train
metric: {name: val/f1, goal: maximize}
parameters: {rate: {values: [1, 2, 3]}}
ablation: {baseline: {rate: 1}, seeds: [0, 1], designs: {arms: {two: {rate: 2}, three: {rate: 3}}}}
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    (tmp_path / "own.py").write_text(TRAINER, encoding="utf-8")
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(note_box, "EVERY", 0.0)
    return tmp_path


def test_a_note_on_a_running_study_is_seen_at_once_and_is_in_its_log_when_it_ends(home):
    shown = []

    def listen(history, event):
        if event.kind == "trial_finished" and not shown:
            assert is_held(home / "results/small/events.jsonl")
            study = sweep.load("small").note("warm", trial=0, tags=["odd"])
            shown.append(study.history.remarks[0])
            sweep.load("small").note("of the study")

    study = sweep.run("study.yaml", engine="serial", listen=listen)
    assert shown[0].tags == ("odd",)
    assert [text for _, text in shown[0].notes] == ["warm"]
    history = read(study.folder)
    assert history.remarks[0] == shown[0]
    assert [text for _, text in history.remarks[None].notes] == ["of the study"]
    assert [session.ended for session in history.sessions] == ["done"]
    assert list((study.folder / "notes").iterdir()) == []


def test_an_invalid_note_file_gives_one_notice(home):
    def listen(history, event):
        if event.kind == "session_started":
            folder = home / "results/small/notes"
            folder.mkdir()
            (folder / "broken.json").write_text("{", encoding="utf-8")

    history = sweep.run("study.yaml", engine="serial", listen=listen).history
    told = [
        notice.message for notice in history.notices if "broken.json" in notice.message
    ]
    assert len(told) == 1
    assert history.sessions[-1].ended == "done"
