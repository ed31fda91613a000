"""The history: a fold of events that reads the same whoever reads it."""

import io
import time
from bisect import bisect

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from sweep.commands import status_view
from sweep.errors import LogDamaged, StudyNotFound
from sweep.history.folding import apply, fold
from sweep.history.opening import read
from sweep.log.event_log import FILE_NAME
from sweep.log.reader import replay
from sweep.model.trial import State, configuration_key
from sweep.study import Study


def test_a_log_without_its_first_event_is_no_study(tmp_path):
    with pytest.raises(StudyNotFound, match="sweep run"):
        fold([])
    with pytest.raises(StudyNotFound, match=r"there is no events\.jsonl"):
        read(tmp_path)


def test_every_prefix_of_a_log_is_a_history_and_folding_on_is_folding_anew(
    bench, story
):
    study = bench()
    study.run()
    events = replay(study.log).events
    growing = fold(events[:1])
    for count in range(1, len(events)):
        apply(growing, events[count])
        assert story(growing) == story(fold(events[: count + 1]))


def test_a_log_that_is_being_written_reads_as_its_complete_records_at_every_length(
    bench, workers, story, tmp_path
):
    study = bench()
    study.run(workers(slots=2))
    whole = study.log.read_bytes()
    ends = [0, *(at + 1 for at, byte in enumerate(whole) if byte == ord("\n"))]
    growing, complete = tmp_path / "growing", tmp_path / "complete"
    growing.mkdir(), complete.mkdir()
    near_an_end = st.builds(
        lambda end, off: end + off, st.sampled_from(ends[1:-1]), st.integers(-2, 2)
    )

    @given(near_an_end | st.integers(0, len(whole)))
    @settings(max_examples=150)
    def read_at(length):
        records = bisect(ends, length) - 1
        (growing / FILE_NAME).write_bytes(whole[:length])
        (complete / FILE_NAME).write_bytes(whole[: ends[records]])
        if records == 0:
            with pytest.raises(StudyNotFound):
                read(growing)
            return
        assert story(read(growing)) == story(fold(replay(complete / FILE_NAME).events))
        assert shown(Study(growing)) == shown(Study(complete))
        assert (growing / FILE_NAME).read_bytes() == whole[:length], (
            "and reading changes nothing"
        )

    read_at()


def shown(study):
    """What `sweep status` prints, less the folder."""
    console = Console(width=300, file=io.StringIO())
    console.print(status_view.status(study))
    return console.file.getvalue().replace(str(study.folder), "FOLDER")


def test_reading_changes_nothing(bench):
    study = bench()
    study.run()
    before = (
        study.log.read_bytes(),
        sorted(path.name for path in study.folder.iterdir()),
    )
    read(study.folder)
    assert (
        study.log.read_bytes(),
        sorted(path.name for path in study.folder.iterdir()),
    ) == before


def test_an_event_of_a_newer_version_is_an_error_not_a_guess(bench):
    study = bench().create()
    (created,) = replay(study.log).events
    with pytest.raises(LogDamaged, match="trial_teleported"):
        fold([created, {"seq": 1, "time": 0.0, "event": "trial_teleported"}])


def test_trials_know_the_sessions_that_ran_them(bench, tmp_path):
    study = bench()
    study.run()
    lines = study.log.read_bytes().splitlines(keepends=True)
    history = study.killed_copy(tmp_path / "killed", b"".join(lines[:6])).session()
    assert [s.number for s in history.sessions_of(0)] == [0, 1]
    assert [s.number for s in history.sessions_of(5)] == [1]
    assert history.sessions[0].ended == ""
    assert not history.running


def test_a_study_is_running_from_its_sessions_start_to_its_end(bench):
    study = bench()
    study.run()
    events = replay(study.log).events
    running = [fold(events[: count + 1]).running for count in range(len(events))]
    assert running == [False] + [True] * (len(events) - 2) + [False]


def test_ablation_trials_are_found_by_what_was_trained(bench):
    history = bench().run()
    for trial in history.stage("ablation"):
        assert (
            history.find(configuration_key(trial.config), trial.seed, trial.fold)
            is trial
        )
    first = history.stage("search")[0]
    assert history.find(configuration_key({**first.config, "no": 1}), 0, None) is None
    assert history.unfinished() == []
    assert all(t.state is not State.RUNNING for t in history.trials.values())


class Seen:
    """A view: the numbers of the trials that there were, at each update."""

    def __init__(self):
        self.updates = []

    def update(self, history):
        self.updates.append(list(history.trials))


def test_a_view_of_a_history_is_made_once_updated_each_time_and_no_part_of_it(bench):
    study = bench()
    study.run()
    events = replay(study.log).events
    growing = fold(events[:1])
    first = growing.derived(Seen)
    for event in events[1:]:
        apply(growing, event)
    assert growing.derived(Seen) is first
    assert first.updates == [[], list(growing.trials)]
    assert growing == fold(events), "a history without the view is the same history"


def test_the_time_of_a_study_is_that_of_its_sessions(bench, monkeypatch):
    now = [1e9]
    monkeypatch.setattr(time, "time", lambda: now[0])
    study = bench()
    study.create()

    def tick(schedule):
        now[0] += 60.0

    study.session(before=tick)
    now[0] += 3600.0
    history = study.session(before=tick)
    assert history.seconds == pytest.approx(120.0)
