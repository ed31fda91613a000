"""Attempts that store late: whatever they do and whenever, what the log names stays whole.

An earlier attempt may live on: its network hung, or its driver died. The store here is slow, and a
test decides which attempt makes the next change to it.
"""

import threading
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.storage import Storage
from sweep.worker.mirror import Mirror

TRIAL = "trials/00000-arm-seed0"


class SlowStorage(Storage):
    """A store whose every change waits until `step` lets the attempt go on."""

    def __init__(self, uri):
        super().__init__(uri, pause=lambda seconds: None)
        self._go = threading.Semaphore(0)
        self._halted = threading.Semaphore(0)

    def put(self, data, name):
        self._wait()
        return super().put(data, name)

    def remove(self, name):
        self._wait()
        super().remove(name)

    def _wait(self):
        self._halted.release()
        self._go.acquire()

    def wait_for_halt(self):
        """Until the attempt is about to make a change, or has ended."""
        self._halted.acquire()

    def end(self):
        """The attempt makes no change any more."""
        self._halted.release()

    def step(self):
        """Let the attempt make its next change, and wait until the one after, or its end."""
        self._go.release()
        self.wait_for_halt()


class Log:
    """What the study's log says of one trial, and the session that writes it."""

    def __init__(self, uri):
        self.attempt, self.named, self.expected = 0, None, {}
        self._superseded, self._mirror = [], Mirror(Storage(uri), TRIAL, None)

    def take(self, attempt, manifest, files):
        """Name a manifest, if it comes from the latest attempt; whether it goes on."""
        if attempt != self.attempt:
            return False
        if self.named is not None:
            self._superseded.append(self.named)
        self.named, self.expected = manifest, files
        return True

    def copy(self):
        """What the session removes after a copy of the log."""
        if self.named is not None:
            self._mirror.drop(self._superseded, self.named)
        self._superseded.clear()


class Attempt(threading.Thread):
    """Fetches what the log names, then changes files, stores them and tells the log.

    A changed file may get the contents of an earlier time back, which were removed meanwhile.
    """

    def __init__(self, uri, log, folder, epochs):
        super().__init__(daemon=True)
        log.attempt += 1
        self.number, self.log, self.folder = log.attempt, log, folder
        self.storage, self.epochs = SlowStorage(uri), epochs
        self.has_ended, self.problem = False, None
        self.mirror = Mirror(self.storage, TRIAL, folder)
        self.folder.mkdir()
        assert self.mirror.fetch(log.named) == []

    def run(self):
        try:
            self._train()
        except BaseException as error:
            self.problem = error
            raise
        finally:
            self.has_ended = True
            self.storage.end()

    def _train(self):
        for epoch in range(self.epochs):
            write(self.folder, self.number, epoch)
            manifest = self.mirror.send()
            if not self.log.take(self.number, manifest, contents(self.folder)):
                return

    def begin(self):
        self.start()
        self.storage.wait_for_halt()
        return self

    def step(self):
        if not self.has_ended:
            self.storage.step()
        assert self.problem is None, self.problem


def write(folder, number, epoch):
    """A file that is replaced, one that grows, one that alternates, and one that goes away."""
    (folder / "checkpoint.pt").write_text(f"weights {epoch}")
    with (folder / "history.jsonl").open("a") as file:
        file.write(f"{number} {epoch}\n")
    (folder / "flag").write_text(str(epoch % 2))
    if epoch % 2:
        (folder / "lock").unlink(missing_ok=True)
    else:
        (folder / "lock").write_text("here")


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def restored(uri, log, folder):
    """What a later attempt would begin with; nothing may be missing."""
    assert Mirror(Storage(uri), TRIAL, folder).fetch(log.named) == []
    return contents(folder) if folder.exists() else {}


@pytest.fixture
def uri():
    return f"memory://{uuid.uuid4()}"


@pytest.mark.parametrize("changes", range(15))
def test_a_late_upload_of_an_earlier_attempt_changes_nothing(uri, tmp_path, changes):
    """The first attempt hangs after so many changes, and goes on when the second has ended."""
    log = Log(uri)
    late = Attempt(uri, log, tmp_path / "late", epochs=2).begin()
    for _ in range(changes):
        late.step()
    second = Attempt(uri, log, tmp_path / "second", epochs=3).begin()
    while not second.has_ended:
        second.step()
        log.copy()
    while not late.has_ended:
        late.step()
    assert restored(uri, log, tmp_path / "there") == contents(tmp_path / "second")
    Mirror(Storage(uri), TRIAL, tmp_path).sweep(log.named)
    assert len(Storage(uri).names(TRIAL)) == 1 + len(contents(tmp_path / "second"))
    assert restored(uri, log, tmp_path / "swept") == contents(tmp_path / "second")


TURNS = st.lists(st.tuples(st.integers(0, 4), st.integers(1, 12)), max_size=12)


@settings(max_examples=40, deadline=None)
@given(turns=TURNS)
def test_in_any_order_of_changes_what_the_log_names_is_whole(turns, tmp_path_factory):
    """Three attempts live side by side. 3 begins the next one, with 4 the session removes what is
    superseded, and another number lets an attempt go on for so many changes."""
    place, uri = tmp_path_factory.mktemp("late"), f"memory://{uuid.uuid4()}"
    log = Log(uri)
    attempts = []
    for count, (turn, changes) in enumerate([(3, 1), (0, 7), *turns]):
        if turn == 3 and len(attempts) < 3:
            folder = place / f"attempt-{count}"
            attempts.append(Attempt(uri, log, folder, epochs=3).begin())
        elif turn == 4:
            log.copy()
        elif turn < len(attempts):
            for _ in range(changes):
                attempts[turn].step()
        assert restored(uri, log, place / f"there-{count}") == log.expected
    for attempt in attempts:
        while not attempt.has_ended:
            attempt.step()
    log.copy()
    assert restored(uri, log, place / "at the end") == log.expected
