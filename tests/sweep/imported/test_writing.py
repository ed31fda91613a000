"""The log of a study of imported runs."""

import pytest

from sweep.errors import StudyExists, StudyNotFound
from sweep.history.opening import read
from sweep.imported import writing
from sweep.model.events import Notice, SessionEnded, StudyCreated
from tests.sweep.imported.test_specification import wanted


def test_events_are_written_in_order_and_never_over_others(tmp_path):
    spec = wanted(["x", "y"]).spec
    events = [
        StudyCreated(spec=spec.canonical(), source="text"),
        writing.session({"trainer": "elsewhere"}),
        Notice("said"),
        SessionEnded("done"),
    ]
    writing.write(tmp_path / "s", events, "text")
    history = read(tmp_path / "s")
    assert [notice.message for notice in history.notices] == ["said"]
    assert (tmp_path / "s" / writing.STUDY_FILE).read_text() == "text"
    assert not history.running
    with pytest.raises(StudyExists, match="already holds a study"):
        writing.write(tmp_path / "s", events, "text")


def test_a_killed_import_leaves_no_study_and_can_be_repeated(tmp_path, monkeypatch):
    spec = wanted(["x", "y"]).spec
    events = [StudyCreated(spec=spec.canonical(), source="text"), Notice("said")]

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(writing.durable, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            writing.write(tmp_path / "s", events, "text")
    with pytest.raises(StudyNotFound):
        read(tmp_path / "s")
    writing.write(tmp_path / "s", events, "text")
    assert len(read(tmp_path / "s").notices) == 1
    assert sorted(path.name for path in (tmp_path / "s").iterdir()) == sorted(
        [writing.FILE_NAME, writing.STUDY_FILE]
    )
