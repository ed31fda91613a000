"""The frame of the page."""

from sweep.report.table import Document, Run
from sweep.serving import page


def test_the_name_of_a_study_is_text():
    assert "&lt;b&gt;" in page.frame("<b>")


def test_trials_are_listed_by_the_page_and_not_a_second_time_by_the_report():
    run = Run(0, "search", "search 0", "0", "complete", 3, "trials/00000")
    document = Document("s", (), (), runs=(run,))
    assert "Trials" not in page.tables(document)


def test_it_fetches_only_its_own_files():
    text = page.frame("study")
    assert "http" not in text
    assert 'src="/files/live.js"' in text
