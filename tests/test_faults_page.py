"""The pages of faults and of mutations name tests that exist."""

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGES = [
    (HERE / name).read_text(encoding="utf-8") for name in ("FAULTS.md", "MUTATIONS.md")
]
NAMED = [
    name for page in PAGES for name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page)
]


@pytest.mark.parametrize("file, test", NAMED)
def test_each_test_that_the_page_names_exists(file, test):
    text = (HERE.parent / file).read_text(encoding="utf-8")
    assert re.search(rf"^\s*def {test}\(", text, re.MULTILINE), (
        f"{file} has no test {test}"
    )


def test_each_row_names_a_test():
    rows = [
        line
        for line in (HERE / "FAULTS.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| ")
    ]
    assert len(rows) > 20
    assert all("::test_" in row for row in rows[1:])
