"""Markdown: a name makes no structure."""

import pytest
from markdown_it import MarkdownIt

from sweep.report.formats import FORMATS, markdown
from tests.sweep.report.formats.hostile import HOSTILE, document
from tests.sweep.report.formats.page import Page


class TestMarkdown:
    def test_a_name_makes_no_structure(self):
        written = FORMATS["markdown"].render(document(HOSTILE))["report.md"].decode()
        page = Page(
            MarkdownIt("commonmark", {"html": True})
            .enable(["table", "strikethrough"])
            .render(written)
        )
        assert {"script", "img", "a", "code", "em", "s"}.isdisjoint(page.tags)
        assert page.tags.count("table") == 1
        assert page.tags.count("h1") == 1
        assert page.tags.count("strong") == 1  # the one bold cell

    @pytest.mark.parametrize(
        "name",
        [
            "1. item",
            "12) item",
            "- item",
            "+ focal",
            "* item",
            "===",
            "---",
            "-",
            "> quote",
            "# title",
            "   1. x",
            "    code",
        ],
    )
    def test_a_name_at_the_start_of_a_line_stays_text(self, name):
        page = Page(MarkdownIt("commonmark").render(markdown.escape(name)))
        assert set(page.tags) <= {"p"}
