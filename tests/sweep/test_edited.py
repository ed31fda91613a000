"""Studies whose log was damaged or whose file was edited: cut, refused with the
difference, or extended."""

import pytest

from sweep.errors import (
    LogDamaged,
    StudyChanged,
    StudyFileError,
    StudyLocked,
)
from sweep.log.event_log import EventLog
from sweep.log.reader import replay
from sweep.model.trial import State
from sweep.model.trial_events import TrialStarted
from tests.sweep.small import STUDY, resume, run, states, write


def test_a_torn_log_is_cut_and_said_so(home):
    run()
    path = home / "results/small/events.jsonl"
    path.write_bytes(path.read_bytes()[:-200])
    study = resume()
    assert states(study) == {State.COMPLETE: 7}
    assert (
        "which was removed; nothing depended on it" in study.history.notices[0].message
    )


def test_a_damaged_log_is_refused_and_left_alone(home):
    run()
    path = home / "results/small/events.jsonl"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)
    with pytest.raises(LogDamaged, match="does not match its checksum"):
        resume()
    assert path.read_bytes() == data


@pytest.mark.parametrize(
    "change, line",
    [
        (("epochs: 3", "epochs: 4"), "parameters.epochs.value: 3 → 4"),
        (
            ("learning_rate: 0.1}", "learning_rate: 0.2}"),
            "ablation.baseline.learning_rate: 0.1 → 0.2",
        ),
        (("goal: maximize", "goal: minimize"), "metric.goal: 'maximize' → 'minimize'"),
        (("own.py:train", "own.py:slow"), "trainer: 'own.py:train' → 'own.py:slow'"),
    ],
)
@pytest.mark.parametrize("extend", [False, True])
def test_an_edit_that_makes_trials_incomparable_is_refused_with_the_difference(
    home, change, line, extend
):
    run()
    before = (home / "results/small/events.jsonl").read_bytes()
    write(home, change)
    with pytest.raises(StudyChanged) as refused:
        resume(extend=extend)
    assert line in str(refused.value)
    assert (home / "results/small/events.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    "change, trials",
    [
        (("seeds: [0, 1]", "seeds: [0, 1, 2]"), 9),
        (
            (
                "{fast: {learning_rate: 0.3}}",
                "{fast: {learning_rate: 0.3}, middle: {learning_rate: 0.2}}",
            ),
            9,
        ),
        (("{method: grid}", "{method: grid, seeds: [0, 5]}"), 10),
    ],
)
def test_more_work_is_taken_in_with_extend_and_only_that_is_run(home, change, trials):
    run()
    write(home, change)
    with pytest.raises(StudyChanged, match="sweep resume --extend"):
        resume()
    heard = []
    study = resume(extend=True, listen=lambda history, event: heard.append(event))
    assert states(study) == {State.COMPLETE: trials}
    assert sum(isinstance(event, TrialStarted) for event in heard) == trials - 7
    resume()  # and it is the study now


def test_edits_that_no_number_depends_on_are_taken_in_as_they_are(home):
    run()
    write(
        home,
        study=STUDY
        + "resources: {retries: 5}\nreport: {confidence: 0.9}\ndescription: what for\n",
    )
    study = resume()
    assert study.history.spec.resources.retries == 5
    assert study.history.spec.report.confidence == 0.9


def test_a_comment_is_no_edit_and_a_resume_of_an_unedited_file_records_none(home):
    run()
    write(home, study="# a comment\n" + STUDY)
    assert not [
        e
        for e in replay(resume().folder / "events.jsonl").events
        if e["event"] == "spec_extended"
    ]


def test_a_wrong_edit_is_reported_as_a_wrong_file(home):
    run()
    write(home, ("seeds: [0, 1]", "seeds: zero"))
    with pytest.raises(StudyFileError, match=r"study.yaml:\d+: ablation.seeds"):
        resume()


def test_a_study_goes_on_without_its_file(home):
    run()
    path = home / "results/small/events.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:10]))
    (home / "study.yaml").unlink()
    assert states(resume()) == {State.COMPLETE: 7}


def test_overrides_are_remembered(home):
    run(overrides={"epochs": 2})
    study = resume()
    assert {len(t.reports) for t in study.history.trials.values()} == {2}


def test_a_second_process_that_starts_the_same_study_is_refused(home):
    wanted = home / "results" / "small"
    wanted.mkdir(parents=True)
    with EventLog(wanted / "events.jsonl"), pytest.raises(StudyLocked):
        run()
