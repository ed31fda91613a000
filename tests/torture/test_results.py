"""RESULTS.md: each measurement replaces its own part and leaves the others as they are."""

import pytest

from tests.torture import results
from tests.torture.torture import Books


@pytest.fixture(autouse=True)
def page(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "FILE", tmp_path / "RESULTS.md")
    return tmp_path / "RESULTS.md"


def part(page, title):
    return page.read_text().partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_a_part_that_is_measured_again_is_replaced_and_the_others_stay(page):
    results.write("Other tools", "compare", "| kills | 5 |")
    results.write("The tool", "torture", "| kills | 200 |")
    others = part(page, "Other tools")
    results.write("The tool", "torture", "| kills | 300 |")
    assert part(page, "Other tools") == others
    assert "| kills | 5 |" in others
    assert "300" in part(page, "The tool")
    assert "200" not in page.read_text()
    results.write("Other tools", "compare", "| kills | 9 |")
    assert "300" in part(page, "The tool")
    assert page.read_text().count("\n## ") == 2
    assert page.read_text().startswith("# What the torture measured\n")


def test_a_part_says_how_to_measure_it_again_when_and_on_what(page):
    results.record(Books(), "python -m tests.torture --kills 3")
    text = part(page, "The tool")
    assert "`python -m tests.torture --kills 3`" in text
    assert "| drivers killed with SIGKILL | 0 |" in text
    assert all(word in text for word in ("CPUs", "Python", "ray ", "optuna "))
