"""A log is read once, front to back; what a verification needs of it is kept."""

from sweep.history.folding import fold
from sweep.log.event_log import FILE_NAME
from sweep.log.reader import Reader
from sweep.report.verification.log_reading import read_log


def test_hashes_of_ended_trials_are_kept_and_the_history_is_the_log_s(study):
    log = read_log(study.folder / FILE_NAME)
    assert log.history == fold(Reader(study.folder / FILE_NAME))
    assert log.history.checkpoints == {}
    assert set(log.checkpoints) == set(log.history.trials)
    assert log.trained_again == frozenset()
    assert log.source == (study.folder / "study.yaml").read_text()


def test_the_history_of_an_earlier_moment(study):
    log = read_log(study.folder / FILE_NAME)
    assert log.at(log.records) is log.history
    assert log.at(2).trials == {}
    assert len(log.at(2).sessions) == 1
