"""What `sweep status` says of every fault that a study can meet."""

import io

import pytest
from rich.console import Console

from sweep import report
from sweep.commands import show_view, status_view
from sweep.model.trial import EpochReport
from sweep.study import Study

SEARCH = "search: {method: random, trials: 4}\n"


@pytest.fixture
def said(bench, conditional, workers):
    """`said(misbehave)`: what status prints of a study whose trials did that, and the study."""

    def run(misbehave, more="resources: {retries: 2}\n"):
        study = bench(conditional + SEARCH + more)
        study.run(workers(misbehave=misbehave))
        return printed(status_view.status(Study(study.folder))), study

    return run


def printed(what):
    console = Console(width=300, file=io.StringIO())
    console.print(what)
    return console.file.getvalue()


@pytest.mark.parametrize(
    "failure",
    [
        "TrialDiverged: val/f1 is nan at epoch 1",
        "CUDA out of memory: CUDA out of memory. Tried to allocate 2 GiB",
        (
            "MetricMissing: epoch 0 was reported without the study's metric 'val/f1';"
            " did you mean 'val/f_1'?"
        ),
    ],
)
def test_a_failed_trial_is_shown_with_its_reason_and_was_not_retried(said, failure):
    text, study = said(
        lambda given, epoch: ("failed", failure) if given.trial == 1 else None
    )
    assert f"failed × 1: {failure} (trial 1)" in text
    assert "retried" not in text
    assert f"failed: {failure}; 0 epochs" in printed(
        show_view.show(Study(study.folder), "1")
    )


def test_a_metric_that_was_never_finite_is_shown(said):
    text, _ = said(
        lambda given, epoch: (
            ("metrics", {"val/f1": None}) if given.trial == 0 and epoch < 4 else None
        )
    )
    assert "failed × 1: no report has a finite val/f1 (trial 0)" in text


def test_trials_that_all_fail_alike_are_counted_and_named_and_the_study_says_why_it_stopped(
    said,
):
    text, _ = said(lambda given, epoch: ("failed", "KeyError: 'lr' (train.py:12)"))
    assert (
        "conditional: all 3 finished trials failed for the same reason: KeyError: 'lr' (train.py:12)"
        in text
    )
    assert "failed × 3: KeyError: 'lr' (train.py:12) (trials 0, 1, 2)" in text


def test_a_retried_trial_is_shown_with_each_reason_and_what_became_of_it(said):
    def lose(given, epoch):
        if given.trial == 2 and epoch == 1 and given.attempt < 3:
            return "lost", "worker lost: killed for memory"
        return ("lost", "worker lost: segfault") if given.trial == 3 else None

    text, study = said(lose)
    assert (
        "retried 2 times: trial 2: worker lost: killed for memory × 2 (then complete)"
        in text
    )
    assert "retried 2 times: trial 3: worker lost: segfault × 2 (then failed)" in text
    assert "failed × 1: worker lost: segfault (after 3 attempts) (trial 3)" in text
    shown = printed(show_view.show(Study(study.folder), "2"))
    assert shown.count("lost its worker: worker lost: killed for memory") == 2
    assert "3 attempts" in shown
    (cost,) = report.build_tables(report.gather(Study(study.folder).history), ["cost"])
    notes = [(note.text, note.trials) for note in cost.notes]
    assert ("retried × 2, trial 2: worker lost: killed for memory", (2,)) in notes
    assert ("retried × 2, trial 3: worker lost: segfault", (3,)) in notes


def test_a_hung_trial_is_shown_as_such(bench, conditional):
    study = bench(
        conditional + SEARCH + "resources: {no_progress_minutes: 10}\n"
    ).create()

    def hang(schedule):
        number = schedule.next().trial
        schedule.started(number)
        study.clock.sleep(601)
        schedule.lost(number, "worker lost: the actor died")

    study.session(before=hang)
    text = printed(status_view.status(Study(study.folder)))
    assert (
        "retried once: trial 0: hung: no report for 10 minutes (resources.no_progress_minutes)"
        in text
    )


def test_a_study_that_cannot_write_is_shown_as_paused_and_how_it_goes_on(
    bench, conditional
):
    study = bench(conditional + SEARCH).create()
    why = (
        "cannot write results/x/epoch-00001.pt: No space left on device (0 B free"
        " there). Free some space and …"
    )

    def fill(schedule):
        number = schedule.next().trial
        schedule.started(number)
        schedule.reported(number, EpochReport(0, {"val/f1": 0.5}, 1.0, None))
        schedule.unwritable(number, why, 0.0)

    study.session(before=fill)
    text = printed(status_view.status(Study(study.folder)))
    assert f"conditional: {why}" in text
    assert f"continue with: sweep resume {study.folder}" in text
    assert "failed ×" not in text
    assert "retried" not in text


def test_many_retried_trials_are_shortened(said):
    text, _ = said(
        lambda given, epoch: (
            ("lost", "worker lost: preempted") if given.attempt == 1 else None
        ),
        "resources: {retry_backoff_seconds: 0}\nprofiles: {}\n",
    )
    assert text.count("retried once: trial") == 4


def test_a_damaged_log_has_its_own_line_among_the_studies(bench):
    sound, damaged = bench(), bench()
    sound.run()
    damaged.run()
    lines = damaged.log.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b'"trial"', b'"trail"', 1).replace(b"0", b"1", 1)
    damaged.log.write_bytes(b"".join(lines))
    studies = [Study(sound.folder), Study(damaged.folder)]
    lines = printed(status_view.overview(studies, sound.folder.parent)).splitlines()
    assert [line.split()[0] for line in lines] == [
        "study",
        sound.folder.name,
        damaged.folder.name,
    ]
    assert "done" in lines[1]
    assert "log damaged: sweep verify" in lines[2]


def test_stages_add_up_to_the_trials_that_were_planned(bench):
    study = bench()
    study.run()
    text = printed(status_view.status(Study(study.folder)))
    assert text.splitlines()[0] == "conditional: done"
    (search,) = [
        line.split() for line in text.splitlines() if line.strip().startswith("search")
    ]
    planned, complete, pruned, failed, running = map(int, search[1:6])
    assert planned == complete + pruned + failed + running == 6
    assert "best val/f1 0." in text


def test_paused_trials_are_counted_and_named_as_no_results(bench, conditional):
    rule = "early_terminate: {type: asha, form: promote, eta: 2}\n"
    study = bench(conditional + SEARCH + rule)
    history = study.run()
    paused = history.paused()
    text = printed(status_view.status(Study(study.folder)))
    assert paused
    assert "paused" in text.splitlines()[1]
    numbers = ", ".join(str(trial.number) for trial in paused)
    assert (
        f"paused at a rung, no results: trial{'s' * (len(paused) > 1)} {numbers}"
        in text
    )
    assert "continue with" not in text


RISING = """
name: rising
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 1
  rate: {min: 1.0, max: 2.0}
search: {method: random, trials: 30}
"""


def test_a_best_value_at_an_end_of_its_range_is_said(bench, workers):
    def rising(given, epoch):
        return None if epoch else ("metrics", {"val/f1": given.config["rate"]})

    study = bench(RISING)
    study.run(workers(misbehave=rising))
    text = printed(status_view.status(Study(study.folder)))
    assert "rate: the best value, " in text
    assert "may lie beyond" in text
