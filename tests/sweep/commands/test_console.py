"""Lines for people and pipes: as they stand, and never folded."""

from pathlib import Path

from sweep.commands.console import console, one_table, say, say_files
from sweep.report.table import Cell, Column, Table


def test_a_pipe_gets_wide_tables(capsys):
    assert console().width == 160


def test_a_line_is_printed_as_it_stands(capsys):
    long = "x" * 300 + " [bold]no markup[/bold] :smile:"
    say(long)
    assert capsys.readouterr().out == long + "\n"


def test_files_that_people_open_are_named_and_the_others_counted(capsys):
    folder = Path("results/tiny/report")
    names = ["ablation.tex", "report.md", "search.csv", "cost.csv"]
    say_files([folder / name for name in names], folder)
    assert capsys.readouterr().out.splitlines() == [
        "  results/tiny/report/ablation.tex",
        "  results/tiny/report/report.md",
        "  2 more files in results/tiny/report",
    ]


def test_files_that_nobody_opens_are_only_counted(capsys):
    folder = Path("report")
    say_files([folder / "cost.csv"], folder)
    say_files([], folder)
    assert capsys.readouterr().out == "  1 files in report\n"


def test_one_table_has_its_title_above_it(capsys):
    table = Table("t", "Arms", (Column("a", "Arm", "left"),), ((Cell("focal"),),))
    console().print(one_table("tiny", table))
    lines = [
        line.strip() for line in capsys.readouterr().out.splitlines() if line.strip()
    ]
    assert lines == ["tiny", "Arms", "Arm", "focal"]
