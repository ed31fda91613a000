"""What `sweep show` says of a trial: how it ended, its configuration, its epochs, where
its files are."""

import io

import pytest
from rich.console import Console

from sweep.commands.show_view import show
from sweep.errors import UnknownName, UsageError
from sweep.study import Study
from tests.sweep.session.searches import pausing


def printed(what):
    console = Console(width=300, file=io.StringIO())
    console.print(what)
    return console.file.getvalue()


@pytest.fixture
def finished(bench):
    """A finished study with a search and arms."""
    study = bench()
    study.run()
    return Study(study.folder)


def test_a_trial_is_shown_with_its_configuration_and_its_folder(finished):
    trial = finished.history.trials[3]
    text = printed(show(finished, "3"))
    assert (
        text.splitlines()[0]
        == f"trial 3: {trial.label} ({trial.stage}), seed {trial.seed}"
    )
    for name, value in trial.config.items():
        assert f"{name}" in text
        assert str(value) in text
    assert f"files: {finished.folder / 'trials'}/00003" in text


def test_an_exploring_trial_is_called_so(bench):
    study = bench(pausing(trials=2).replace("random", "gp_multifidelity"))
    study.run()
    first, *_ = printed(show(Study(study.folder), "0")).splitlines()
    assert first == "trial 0: search 0 (search), seed 0, exploring"


def test_one_attempt_is_not_called_attempts(finished):
    trial = finished.history.trials[0]
    assert trial.attempts == 1
    line = printed(show(finished, "0")).splitlines()[1]
    assert f"{trial.epochs_trained} epoch" in line
    assert line.endswith(" 1 attempt")


def test_its_epochs_are_listed_with_the_metric(finished):
    trial = finished.history.trials[0]
    text = printed(show(finished, "0"))
    for epoch, value in trial.curve("val/f1").items():
        assert f"{epoch + 1}  {value:.4f}" in " ".join(text.split("\n")).replace(
            "   ", "  "
        )


def test_only_the_last_epochs_of_a_long_trial_are_listed(bench):
    text = """
name: long
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 20, layers: {values: [1, 2]}}
search: {method: grid}
"""
    study = bench(text)
    study.run()
    assert "… 12 earlier" in printed(show(Study(study.folder), "0"))


def test_an_arm_is_traced_to_the_trials_behind_its_row(finished):
    text = printed(show(finished, "baseline"))
    assert "baseline" in text
    numbers = [
        t.number for t in finished.history.trials.values() if t.label == "baseline"
    ]
    assert numbers
    for number in numbers:
        assert str(number) in text


def test_what_is_not_there_is_refused_with_what_is(finished):
    last = len(finished.history.trials) - 1
    with pytest.raises(UsageError, match=f"no trial 999: .* has trials 0 to {last}"):
        show(finished, "999")
    with pytest.raises(UnknownName, match="did you mean 'baseline'"):
        show(finished, "baselin")
