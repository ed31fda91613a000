"""The written files in the programs people open them with: pdflatex and Chromium.

Both come from Debian: `.ci/test-extras` installs them.
Without them these tests are skipped by name, which the summary of the run shows.
"""

import os
import re
import shutil
import subprocess

import pytest

from sweep.report.formats import html as html_format
from sweep.report.formats import latex
from sweep.report.table import Cell, Column, Document, Figure, Note, Table

pytestmark = pytest.mark.timeout(180)
PRINTABLE = "".join(map(chr, range(32, 127)))
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


def program(*names):
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(
            f"NOT CHECKED: none of {', '.join(names)} is installed, see this file's first lines"
        )
    return found


def table(names, values=(3.0, 10.0, 2.0)):
    columns = (Column("name", "Name", "left"), Column("f1", "F1 ↑"))
    rows = tuple(
        (Cell(name, {"": name}, marks=("a",)), Cell(f"{value} ± 0.1", {"mean": value}, bold=True))
        for name, value in zip(names, values, strict=True)
    )
    return Table("t", names[0], columns, rows, tuple(Note("a", name) for name in names))


@pytest.fixture
def typeset(tmp_path):
    pdflatex = program("pdflatex")
    head = r"\documentclass[twocolumn]{article}\usepackage{booktabs,amssymb,graphicx}"

    def run(text: str) -> str:
        """The log of a two-column paper that inputs a table; fails where pdflatex does."""
        (tmp_path / "secret.tex").write_text("SECRET")
        (tmp_path / "t.tex").write_text(text, encoding="utf-8")
        (tmp_path / "main.tex").write_text(head + r"\begin{document}\input{t}\end{document}")
        command = [pdflatex, "-interaction=nonstopmode", "-halt-on-error", "main.tex"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout.decode("latin-1")[-2000:]
        return (tmp_path / "main.log").read_text("latin-1")

    return run


def test_pdflatex_sets_every_character_and_runs_none(typeset):
    latin = "".join(map(chr, range(0xA1, 0x250)))
    signs = "± − – × ≥ ↑ ↓ → ✓ ² ½ … µ αβγδεζηθικλμνξπρστυφχψω ΓΔΘΛΞΠΣΥΦΨΩ"
    names = [PRINTABLE + latin, f"\\input{{secret}} {signs}", "漢字 🎉 \u202e\x00 _^&%$#{}~"]
    log = typeset(latex.table_text(table(names)))
    assert "secret.tex" not in log
    assert "Missing character" not in log


def test_pdflatex_scales_a_wide_table_to_its_column(typeset):
    columns = tuple(Column(f"c{i}", f"metric number {i}") for i in range(12))
    wide = Table(
        "t", "Wide", columns, (tuple(Cell("0.712 ± 0.013", bold=i == 2) for i in range(12)),) * 3
    )
    assert "Overfull" not in typeset(latex.table_text(wide))


@pytest.fixture
def browse(tmp_path):
    chromium = program("chromium", "chromium-browser", "google-chrome")

    def open_page(page: str):
        """(document after its scripts ran, console messages) of a page in a browser that can reach nothing."""
        path = tmp_path / "page.html"
        path.write_text(page, encoding="utf-8")
        command = [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={tmp_path / 'profile'}", "--enable-logging=stderr", "--dump-dom", path.as_uri(),
        ]  # fmt: skip
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"HOME": str(tmp_path)},
        )
        return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]

    return open_page


def page(names=("b", "c", "a")):
    document = Document("Study", ("summary",), (table(names),), (Figure("figure", PIXEL),))
    return html_format.render(document)["report.html"].decode()


def test_chromium_shows_the_page_without_a_complaint(browse):
    dom, console = browse(page(("<script>document.title='owned'</script>", "c", "a")))
    assert console == []  # a refused style, script or image is a complaint
    assert "<title>Study</title>" in dom


def test_chromium_sorts_by_value_up_and_down(browse):
    def order(clicks):
        # The page's policy allows no other script, so the test takes the policy out to click.
        click = f"<script>for (let i = 0; i < {clicks}; i++) document.querySelectorAll('th button')[1].click()</script>"
        text = re.sub(r"<meta http-equiv=.*?>", "", page()).replace("</body>", click + "</body>")
        return re.findall(r'data-sort="([a-c])"', browse(text)[0])

    assert order(0) == ["b", "c", "a"]
    assert order(1) == ["a", "b", "c"]  # 2, 3, 10
    assert order(2) == ["c", "b", "a"]
