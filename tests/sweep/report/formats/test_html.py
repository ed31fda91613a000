"""HTML: nothing hostile becomes markup; one file that needs no address."""

import re

import pytest

from sweep.report.formats import FORMATS
from sweep.report.layout import Layout
from sweep.report.table import Cell, Column, Document, Note, Run, Table
from tests.sweep.report.formats.hostile import HOSTILE, document
from tests.sweep.report.formats.page import Page


class TestHtml:
    @pytest.fixture
    def text(self):
        return FORMATS["html"].render(document(HOSTILE))["report.html"].decode()

    def test_nothing_hostile_becomes_a_tag_or_an_attribute(self, text):
        page = Page(text)
        assert page.tags.count("script") == 1
        assert not any(key.startswith("on") for key, _ in page.attributes)
        assert page.tags.count("img") == 1

    def test_one_file_without_any_address(self, text):
        page = Page(text)
        linked = [
            value
            for key, value in page.attributes
            if key in ("src", "href", "srcset", "action", "data")
        ]
        assert linked
        assert all(value.startswith(("data:", "#", "../trials/")) for value in linked)
        assert "url(" not in text
        assert "@import" not in text
        policy = next(
            value
            for key, value in page.attributes
            if key == "content" and "default-src" in value
        )
        assert policy.startswith("default-src 'none'")

    def test_bold_and_marks(self, text):
        assert re.search(r'class="right bold"[^>]*>\s*0\.71\s±\s0\.10', text)
        assert "<sup>a</sup>" in text

    def test_numbers_sort_by_value_and_tell_their_trials(self, text):
        assert 'data-sort="0.7123456789012345"' in text
        assert 'title="trials 3, 4"' in text

    def test_a_table_of_contents_leads_to_every_table(self, text):
        assert '<a href="#table-1">Title &lt;i&gt;&amp;</a>' in text
        assert '<section id="table-1">' in text


def rendered(rows, runs=(), layout=None):
    columns = (Column("arm", "Arm", "left"), Column("f1", "test/small_f1 ↑"))
    table = Table("t", "T", columns, rows, (Note("", "method", kind="method"),))
    content = Document("s", (), (table,), runs=runs, layout=layout or Layout())
    return FORMATS["html"].render(content)["report.html"].decode()


def test_no_line_ends_behind_the_sign_of_an_arm_nor_inside_a_number():
    text = rendered(((Cell("+ focal loss"), Cell("+0.1 [+0.0, +0.2]")),))
    assert "+\u00a0focal loss" in text
    assert "+0.1 [+0.0,\u00a0+0.2]" in text
    assert "test/<wbr>small_<wbr>f1\u00a0↑" in text


def test_numbers_line_up_at_the_decimal_point():
    text = rendered(
        ((Cell("a"), Cell("0.123 ± 0.010")), (Cell("b"), Cell("1.2 ± 0.3")))
    )
    assert (
        'data-pad="0000">1.2\u00a0±\u00a00.3<' in text
    )  # invisible: two digits of the mean, two of the deviation


def test_a_trial_is_linked_to_its_configuration_log_and_output():
    run = Run(
        3, "ablation", "+ focal", "0", "complete", 9, "../trials/00003-focal-seed0"
    )
    reused = Run(4, "ablation", "+ focal", "1", "complete", 9)
    text = rendered((), (run, reused))
    for file in ("config.json", "history.jsonl", "output.txt"):
        assert text.count(f'href="../trials/00003-focal-seed0/{file}"') == 1
    assert text.count("config.json") == 1  # the reused trial has no files here


def test_short_notes_have_the_methods_folded_away():
    text = rendered((), layout=Layout(notes="short"))
    assert text.index("How it was measured and tested") < text.index("method.")
