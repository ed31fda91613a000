"""What every figure promises, tried on each."""

from __future__ import annotations

import io
import itertools
import subprocess
import sys

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure
from PIL import Image

from sweep import report
from sweep.errors import UnknownName
from sweep.report import figures
from sweep.report.figures.style import COLUMN, PAGE


def shown(figure: Figure) -> list[mpl.text.Text]:
    return [
        text
        for text in figure.findobj(mpl.text.Text)
        if text.get_text() and text.get_visible()
    ]


@pytest.mark.parametrize("name", figures.FIGURES)
class TestEveryFigure:
    def test_has_something_to_show_in_the_full_study(self, name, drawn):
        assert drawn(name).title
        assert drawn(name).caption.endswith(".")

    def test_is_none_for_a_study_that_has_only_been_started(self, name, empty):
        assert figures.draw(name, empty) is None

    def test_fits_a_column_or_a_page_with_text_of_seven_points_and_nothing_cut_off(
        self, name, drawn
    ):
        figure = drawn(name).figure
        assert figure.get_figwidth() in (COLUMN, PAGE)
        assert min(text.get_fontsize() for text in shown(figure)) >= 7
        whole = figure.get_tightbbox()
        assert whole.x0 >= -0.02
        assert whole.y0 >= -0.02
        assert whole.x1 <= figure.get_figwidth() + 0.02
        assert whole.y1 <= figure.get_figheight() + 0.02

    def test_labels_on_an_axis_do_not_touch(self, name, drawn):
        figure = drawn(name).figure
        for axes in figure.axes:
            for axis in (axes.xaxis, axes.yaxis):
                boxes = [
                    label.get_window_extent()
                    for label in axis.get_ticklabels()
                    if label.get_text()
                ]
                for one, other in itertools.pairwise(boxes):
                    assert not one.overlaps(other)

    def test_is_the_same_file_whatever_the_users_style(self, name, evidence_of, drawn):
        with mpl.rc_context(
            {
                "font.size": 30,
                "axes.facecolor": "red",
                "text.parse_math": True,
                "lines.linewidth": 9,
            }
        ):
            again = figures.draw(name, evidence_of(name))
            assert figures.rendered(drawn(name).figure, "svg") == figures.rendered(
                again.figure, "svg"
            )

    def test_draws_any_name_as_it_stands(self, name, hostile_of):
        figure = figures.draw(name, hostile_of(name)).figure
        assert figures.rendered(figure, "png").startswith(b"\x89PNG")
        assert not any(
            text.get_parse_math() and "$" in text.get_text() for text in shown(figure)
        )


def test_hostile_names_reach_the_page(hostile):
    labels = " ".join(
        text.get_text() for text in shown(figures.draw("forest", hostile).figure)
    )
    assert "$\\frac{a}{b}$" in labels
    assert "μ-Dice" in labels


def test_drawing_leaves_matplotlibs_settings_as_they_were(full):
    before = dict(mpl.rcParams)
    figures.draw("forest", full)
    assert dict(mpl.rcParams) == before


def test_an_unknown_figure_is_an_error_that_lists_the_figures(full):
    with pytest.raises(UnknownName, match="did you mean 'forest'"):
        figures.draw("forrest", full)


class TestDrawings:
    def test_figures_are_embedded_with_their_captions(self, full, drawn):
        embedded = figures.embedded(figures.drawings(full, ["forest", "ladder"]))
        assert [figure.title for figure in embedded] == [
            f"{drawn(name).title}. {drawn(name).caption}"
            for name in ("forest", "ladder")
        ]
        for figure in embedded:
            assert Image.open(io.BytesIO(figure.png)).size[0] == round(COLUMN * 200)

    def test_figures_are_in_the_html_report(self, full, tmp_path):
        embedded = figures.embedded(figures.drawings(full, ["forest"]))
        report.save(full, tmp_path, ["html"], figures=embedded)
        assert "data:image/png;base64" in (tmp_path / "report.html").read_text(
            encoding="utf-8"
        )

    def test_figures_without_data_are_left_out(self, empty):
        assert figures.drawings(empty) == {}

    def test_drawing_reports_its_progress(self, full):
        told = []
        figures.drawings(full, ["forest", "ladder"], lambda *step: told.append(step))
        assert told == [("forest", 0, 2), ("ladder", 1, 2), ("", 2, 2)]

    def test_an_unknown_name_is_found_before_anything_is_drawn(self, full):
        told = []
        with pytest.raises(UnknownName, match="waterfall"):
            figures.drawings(
                full, ["forest", "waterfall"], lambda *step: told.append(step)
            )
        assert told == []

    def test_an_unknown_format_is_found_before_anything_is_drawn(self, full):
        told = []
        with pytest.raises(UnknownName, match="one of: png, pdf, svg"):
            figures.drawings(full, ["forest"], lambda *step: told.append(step), ["bmp"])
        assert told == []


def save(evidence, folder, formats, names):
    return figures.save(figures.drawings(evidence, names), folder, formats)


class TestSave:
    def test_writes_each_format_and_the_captions(self, full, drawn, tmp_path):
        files = save(
            full, tmp_path / "figures", ("pdf", "png", "svg"), ["forest", "ladder"]
        )
        assert [file.name for file in files] == [
            "forest.pdf",
            "forest.png",
            "forest.svg",
            "ladder.pdf",
            "ladder.png",
            "ladder.svg",
            figures.CAPTIONS,
        ]
        captions = files[-1].read_text(encoding="utf-8")
        assert drawn("forest").caption in captions

    def test_files_of_the_same_study_are_the_same(self, full, tmp_path):
        first, again = (
            save(full, tmp_path / side, ("pdf", "png"), ["ladder"]) for side in "ab"
        )
        assert [file.read_bytes() for file in first] == [
            file.read_bytes() for file in again
        ]

    def test_files_carry_no_date_and_no_version(self, full, tmp_path):
        for file in save(full, tmp_path, ("pdf", "png", "svg"), ["forest"])[:3]:
            content = file.read_bytes()
            assert b"Date" not in content
            assert b"atplotlib v" not in content

    def test_an_unknown_format_is_refused_before_anything_is_written(
        self, full, tmp_path
    ):
        with pytest.raises(UnknownName, match="one of: png, pdf, svg"):
            figures.save({}, tmp_path / "figures", ("bmp",))
        assert not (tmp_path / "figures").exists()

    def test_a_study_without_anything_to_draw_writes_nothing(self, empty, tmp_path):
        assert figures.save(figures.drawings(empty), tmp_path) == []


@pytest.mark.parametrize(
    "statement", ["import sweep.report", "import sweep.report.figures"]
)
def test_neither_tables_nor_figures_load_what_they_do_not_need(statement):
    unwanted = ["ray", "torch", "optuna", "matplotlib.pyplot"]
    if statement == "import sweep.report":
        unwanted.append("matplotlib")
    code = (
        f"{statement}, sys; print([name for name in {unwanted} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
