"""HTML: nothing hostile becomes markup; one file that needs no address."""

import re

import pytest

from sweep.report.formats import FORMATS
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
        assert all(value.startswith("data:") for value in linked)
        assert "url(" not in text
        assert "@import" not in text
        policy = next(
            value for key, value in page.attributes if key == "content" and "default-src" in value
        )
        assert policy.startswith("default-src 'none'")

    def test_bold_and_marks(self, text):
        assert re.search(r'class="right bold"[^>]*>\s*0\.71 ± 0\.10', text)
        assert "<sup>a</sup>" in text

    def test_numbers_sort_by_value_and_tell_their_trials(self, text):
        assert 'data-sort="0.7123456789012345"' in text
        assert 'title="trials 3, 4"' in text
