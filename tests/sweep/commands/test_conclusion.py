"""What ends a session: the table, the files, and exit code 1 where trials failed."""

import io

import pytest
import typer
from rich.console import Console

from sweep.commands.conclusion import conclude
from sweep.study import Study

SEARCH = "search: {method: random, trials: 4}\n"


@pytest.fixture
def concluded(bench, conditional, workers):
    """`concluded(misbehave)`: what is printed at the end of such a study, and its exit code."""

    def run(misbehave):
        study = bench(conditional + SEARCH)
        study.run(workers(misbehave=misbehave))
        console = Console(width=160, file=io.StringIO())
        code = 0
        try:
            conclude(console, Study(study.folder))
        except typer.Exit as end:
            code = end.exit_code
        return console.file.getvalue(), code, study

    return run


def test_a_study_without_failures_ends_with_0_and_its_report(concluded, capsys):
    printed, code, study = concluded(lambda given, epoch: None)
    assert code == 0
    assert "Search: the best" in printed
    assert (study.folder / "report" / "report.html").is_file()
    assert "report.html" in capsys.readouterr().out


def test_failed_trials_are_counted_and_end_with_1(concluded):
    printed, code, _ = concluded(
        lambda given, epoch: ("failed", "ValueError: x") if given.trial == 1 else None
    )
    assert code == 1
    assert "1 trials failed: sweep status" in printed


RISING = """
name: rising
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 1
  rate: {min: 1.0, max: 2.0}
  loss: {values: [ce, focal]}
search: {method: random, trials: 30}
"""
ABLATION = """
ablation: {seeds: [0], baseline: {loss: ce}, designs: {arms: {focal: {loss: focal}}}}
"""


@pytest.mark.parametrize("more", ["", ABLATION])
def test_a_best_value_at_an_end_of_its_range_is_said_once_at_the_end(
    bench, workers, more
):
    def rising(given, epoch):
        return None if epoch else ("metrics", {"val/f1": given.config["rate"]})

    study = bench(RISING + more)
    study.run(workers(misbehave=rising))
    console = Console(width=300, file=io.StringIO())
    conclude(console, Study(study.folder))
    assert console.file.getvalue().count("may lie beyond") == 1
