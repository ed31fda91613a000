"""A study's report for the terminal and on disk."""

import io

import pytest
from rich.console import Console

from sweep.commands import reporting
from sweep.errors import UnknownName
from sweep.report import files as files_module
from sweep.study import Study

SEARCH_ONLY = "search: {method: random, trials: 4}\n"


@pytest.fixture
def study(bench):
    finished = bench()
    finished.run()
    return Study(finished.folder)


def printed(what):
    console = Console(width=300, file=io.StringIO())
    console.print(what)
    return console.file.getvalue()


def test_a_study_with_arms_shows_its_ablation_table_and_another_its_search(
    study, bench, conditional
):
    assert "Ablation of conditional" in printed(
        reporting.table(reporting.gather(study))
    )
    searched = bench(conditional + SEARCH_ONLY)
    searched.run()
    evidence = reporting.gather(Study(searched.folder), draw=False)
    assert "Search: the best" in printed(reporting.table(evidence))


def test_tables_come_first_and_figures_are_told_as_they_are_drawn(study):
    told = []
    files = reporting.write(
        study,
        reporting.gather(study),
        progress=lambda name, done, of: told.append((done, of)),
    )
    assert files[0].name == "report.md"
    assert all(path.is_file() for path in files)
    assert any(path.parent.name == files_module.FIGURES for path in files)
    assert told[0][0] == 0
    assert told[-1][0] == told[-1][1] > 0


def test_without_figures_none_is_drawn(study):
    files = reporting.write(study, reporting.gather(study, draw=False), draw=False)
    assert not any(path.parent.name == files_module.FIGURES for path in files)


def test_an_unknown_table_is_refused(study):
    with pytest.raises(UnknownName, match="did you mean 'ablation'"):
        reporting.table(reporting.gather(study, draw=False), tables=["ablaton"])
