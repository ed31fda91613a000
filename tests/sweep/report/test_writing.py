"""The report as a whole: which tables, which files, which refusals."""

import subprocess
import sys

import pytest
from rich.console import Console

from sweep import report
from sweep.errors import CannotWrite, UnknownName


def test_saving_makes_every_format(ladder, tmp_path):
    names = {
        path.name for path in report.save(report.gather(ladder), tmp_path / "report")
    }
    assert {
        "report.md",
        "report.html",
        "report.json",
        "ablation.tex",
        "ablation.csv",
        "ablation.parquet",
    } <= names
    assert names == {path.name for path in (tmp_path / "report").iterdir()}


def test_a_repeated_report_is_the_same_to_the_byte(ladder, tmp_path):
    first, second = (
        report.save(report.gather(ladder), tmp_path / folder) for folder in ("a", "b")
    )
    assert [path.read_bytes() for path in first] == [
        path.read_bytes() for path in second
    ]


def test_the_terminal_shows_the_ablation_table(ladder):
    console = Console(width=200, record=True, file=None, quiet=False)
    with console.capture() as capture:
        console.print(report.show(report.gather(ladder)))
    text = capture.get()
    assert "Ablation of focal" in text
    assert "Convergence" not in text


def test_figures_are_embedded(ladder, tmp_path):
    from sweep.report.table import Figure

    (path,) = report.save(
        report.gather(ladder),
        tmp_path,
        ["html"],
        figures=[Figure("Forest plot", b"\x89PNG")],
    )
    assert "data:image/png;base64,iVBORw==" in path.read_text()


def test_an_unfinished_study_is_called_provisional(study, curve_to):
    writer = study()
    arm = writer.decide()[0]
    writer.trial(arm.config, curve_to(0.6), state="running")
    (line,) = [
        line
        for line in report.document(report.gather(writer.history())).summary
        if "provisional" in line
    ]
    assert "not finished" in line


def test_a_study_that_was_only_just_started_reports_nothing_and_does_not_fail(
    study, tmp_path
):
    assert report.save(report.gather(study().history()), tmp_path, ["html", "json"])
    assert report.build_tables(report.gather(study().history())) == ()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"formats": ["markdow"]}, "did you mean 'markdown'"),
        ({"tables": ["ablations"]}, "did you mean 'ablation'"),
    ],
)
def test_unknown_names_are_refused_before_anything_is_written(
    ladder, tmp_path, options, said
):
    with pytest.raises(UnknownName, match=said):
        report.save(report.gather(ladder), tmp_path / "report", **options)
    assert not (tmp_path / "report").exists()


def test_an_unknown_metric_is_refused_when_evidence_is_gathered(ladder):
    with pytest.raises(UnknownName, match="did you mean 'test/f1'"):
        report.gather(ladder, metrics=["test/f2"])


def test_an_unwritable_folder_is_an_error(ladder, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match=r"cannot write .*/file: File exists"):
        report.save(report.gather(ladder), tmp_path / "file" / "report", ["markdown"])


def test_reporting_imports_neither_ray_nor_torch_nor_optuna():
    code = (
        "import sys, sweep.report; print([m for m in ('ray', 'torch', 'optuna',"
        " 'matplotlib') if m in sys.modules])"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        == "[]\n"
    )
