"""Print the conclusion of `run` and `resume`: the table, the files, the failed trials."""

from __future__ import annotations

import typer
from rich.console import Console

from sweep.commands import reporting
from sweep.commands.console import say_files
from sweep.model.trial import State
from sweep.report.no_evidence import undeclared_agreement
from sweep.search.range_ends import range_end_lines
from sweep.study import REPORT, Study


def conclude(console: Console, study: Study) -> None:
    """Write the report, print the table and the names of the files.

    The report is written first, so that it exists even if the terminal is closed.

    Raises:
        typer.Exit: with code 1 if trials failed.
    """
    evidence = reporting.gather(study)
    with console.status("writing the report"):
        files = reporting.write(study, evidence)
    console.print(reporting.table(evidence))
    if study.history.spec.ablation is not None:
        # without an ablation, the search table with this note was printed
        for line in range_end_lines(study.history):
            console.print(
                f"note: {line}", style="yellow", highlight=False, markup=False
            )
    if agreeing := undeclared_agreement(evidence):
        console.print(
            f"warning: the runs of {', '.join(agreeing)} agree exactly across seeds; is the seed "
            "used? If the trainer is meant to ignore it, set report.deterministic: true",
            style="bold yellow",
            highlight=False,
            markup=False,
        )
    say_files(files, study.folder / REPORT)
    failed = sum(trial.state is State.FAILED for trial in study.history.trials.values())
    if failed:
        again = f"sweep resume {study.folder} --retry-failed"
        text = f"{failed} trials failed: sweep status {study.folder}; train them again: {again}"
        console.print(text, style="red", highlight=False, soft_wrap=True)
        raise typer.Exit(1)
