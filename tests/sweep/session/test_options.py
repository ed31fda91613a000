"""A session changes and accepts nothing unless it is told to."""

from sweep.session.options import SessionOptions


def test_a_session_accepts_and_retries_nothing_by_default():
    options = SessionOptions()
    assert not options.extend
    assert not options.accept
    assert options.retry is None
    assert options.storage is None
