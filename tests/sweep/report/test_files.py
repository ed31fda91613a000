"""One function makes every file of a report, for whoever writes it and for whoever verifies it."""

import pytest

from sweep import report
from sweep.report.files import Options, contents, options_of


@pytest.mark.parametrize(
    "options",
    [
        Options(),
        Options(
            ("ablation",), ("csv", "markdown"), ("test/f1", "val/f1"), figures=False
        ),
    ],
)
def test_options_survive_the_log(options):
    assert Options.from_plain(options.plain()) == options
    assert options_of(options.plain()) == options


@pytest.mark.parametrize(
    "forged", [{}, {"tables": 5, "metrics": None, "formats": 7, "figures": 1}]
)
def test_missing_report_options_are_the_defaults(forged):
    assert options_of(forged) == Options()


def test_the_files_are_the_same_every_time_and_hold_what_was_asked_for(ladder):
    options = Options(tables=("ablation",), formats=("csv", "latex"), figures=False)
    first, second = (contents(report.gather(ladder), options) for _ in range(2))
    assert first == second
    assert list(first) == ["ablation.csv", "ablation.tex"]
