"""The frame of the page."""

from sweep.serving import page


def test_the_name_of_a_study_is_text():
    assert "&lt;b&gt;" in page.frame("<b>")


def test_it_fetches_only_its_own_files():
    text = page.frame("study")
    assert "http" not in text
    assert 'src="/files/live.js"' in text
