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
        (
            Cell(name, {"": name}, marks=("a",)),
            Cell(f"{value} ± 0.1", {"mean": value}, bold=True),
        )
        for name, value in zip(names, values, strict=True)
    )
    return Table("t", names[0], columns, rows, tuple(Note("a", name) for name in names))


@pytest.fixture
def typeset(tmp_path):
    pdflatex = program("pdflatex")
    head = r"\documentclass[twocolumn]{article}\usepackage{booktabs,amssymb,threeparttable,xcolor}"

    def run(text: str) -> str:
        """The log of a two-column paper that inputs a table; fails where pdflatex does."""
        (tmp_path / "secret.tex").write_text("SECRET")
        (tmp_path / "t.tex").write_text(text, encoding="utf-8")
        (tmp_path / "main.tex").write_text(
            head + r"\begin{document}\input{t}\end{document}"
        )
        command = [pdflatex, "-interaction=nonstopmode", "-halt-on-error", "main.tex"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout.decode("latin-1")[-2000:]
        return (tmp_path / "main.log").read_text("latin-1")

    return run


def test_pdflatex_prints_every_character_and_executes_no_command(typeset):
    latin = "".join(map(chr, range(0xA1, 0x250)))
    signs = "± − – × ≥ ↑ ↓ → ✓ ² ½ … µ αβγδεζηθικλμνξπρστυφχψω ΓΔΘΛΞΠΣΥΦΨΩ"
    names = [
        PRINTABLE + latin,
        f"\\input{{secret}} {signs}",
        "漢字 🎉 \u202e\x00 _^&%$#{}~",
    ]
    log = typeset(latex.table_text(table(names)))
    assert "secret.tex" not in log
    assert "Missing character" not in log


def arms(columns, rows):
    """An ablation table of some metrics and arms."""
    named = [
        Column("arm", "Arm", "left"),
        Column("d", "Δ test/balanced_accuracy [95% CI]"),
    ]
    named += [Column(f"c{i}", f"test/metric_{i} ↑") for i in range(columns)]
    change, mean = (
        Cell("−0.005 [−0.016, +0.006]"),
        Cell("0.877 ± 0.018", bold=True, marks=("a",)),
    )
    cells = tuple((Cell(f"+ arm {i}"), change, *[mean] * columns) for i in range(rows))
    notes = (
        Note("a", "one seed failed"),
        Note("", "Values are those of each run's best epoch"),
    )
    return Table("t", "Ablation", tuple(named), cells, notes)


@pytest.mark.parametrize(("columns", "rows"), [(1, 5), (3, 5), (12, 5), (3, 90)])
def test_pdflatex_sets_no_glyph_under_7_points_and_nothing_beyond_its_column(
    typeset, tmp_path, columns, rows
):
    log = typeset(latex.table_text(arms(columns, rows)))
    assert "Overfull" not in log
    assert "Float too large" not in log
    sizes, ends = glyphs(tmp_path / "main.pdf")
    assert min(sizes) >= 7
    page_right = 72.27 / 2 + 612  # nothing is near the edge of the paper
    assert max(ends) < page_right - 72


def glyphs(path):
    """Sizes of the glyphs of a PDF, in TeX's points, and where they end at the right."""
    pymupdf = pytest.importorskip(
        "pymupdf", reason="NOT CHECKED: pymupdf is not installed"
    )
    sizes, ends = [], []
    for page in pymupdf.open(path):
        for block in page.get_text("dict")["blocks"]:
            for span in (
                span for line in block.get("lines", ()) for span in line["spans"]
            ):
                if span["text"].strip():
                    sizes.append(round(span["size"] * 72.27 / 72, 2))
                    ends.append(span["bbox"][2])
    return sizes, ends


@pytest.fixture
def browse(tmp_path):
    chromium = program("chromium", "chromium-browser", "google-chrome")

    def open_page(page: str):
        """(document after its scripts ran, console messages) of a page in a browser
        that can reach nothing."""
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
        return done.stdout, [
            line for line in done.stderr.splitlines() if "CONSOLE" in line
        ]

    return open_page


def page(names=("b", "c", "a")):
    document = Document(
        "Study", ("summary",), (table(names),), (Figure("figure", PIXEL),)
    )
    return html_format.render(document)["report.html"].decode()


def test_chromium_shows_the_page_without_console_errors(browse):
    dom, console = browse(page(("<script>document.title='owned'</script>", "c", "a")))
    assert console == []  # a refused style, script or image is a complaint
    assert "<title>Study</title>" in dom


def test_chromium_sorts_by_value_up_and_down(browse):
    def order(clicks):
        # The page's policy allows no other script, so the test takes the policy out to click.
        click = (
            f"<script>for (let i = 0; i < {clicks}; i++) document.querySelectorAll('th"
            " button')[1].click()</script>"
        )
        text = re.sub(r"<meta http-equiv=.*?>", "", page()).replace(
            "</body>", click + "</body>"
        )
        return re.findall(r'data-sort="([a-c])"', browse(text)[0])

    assert order(0) == ["b", "c", "a"]
    assert order(1) == ["a", "b", "c"]  # 2, 3, 10
    assert order(2) == ["c", "b", "a"]
