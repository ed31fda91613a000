"""The verdict beside an arm's name: word, colour, and what an undecided arm needs."""

import pytest

from sweep.report import gather
from sweep.report.ablation import ablation_tables
from sweep.report.columns import verdict
from sweep.report.formats import html, latex, markdown, terminal
from sweep.report.table import Document


@pytest.fixture
def cells(shown):
    """`cells(history)`: arm → its verdict's cell."""

    def build(history):
        rows = shown(verdict.columns, gather(history))
        return {arm: cells["verdict"] for arm, cells in rows.items()}

    return build


def test_each_arm_gets_its_word_and_its_colour(judged, cells):
    found = cells(judged())
    assert {arm: (cell.text, cell.tone) for arm, cell in found.items()} == {
        "baseline": ("", ""),
        "better": ("helps", "good"),
        "worse": ("hurts", "bad"),
        "alike": ("no difference", "same"),
        "unclear": ("helps", "good"),
    }


def test_a_helpful_change_below_the_margin_says_so(judged, cells):
    found = cells(judged("5"))
    assert found["better"].text == "helps, less than the margin"
    assert found["better"].values[""] == "no difference"


def test_an_undecided_arm_says_how_many_seeds_would_probably_decide(judged, cells):
    cell = cells(judged("0.6"))["alike"]
    assert cell.tone == "open"
    assert "seeds would probably decide" in cell.text
    assert "cannot be resolved with 30 seeds" in cells(judged("0.001"))["alike"].text


def test_a_share_of_the_baseline_is_a_margin_too(judged, cells):
    assert cells(judged('"10 %"'))["alike"].text == "no difference"


def test_without_a_margin_there_is_no_column(ladder):
    evidence = gather(ladder)
    (table,) = ablation_tables(evidence)
    assert "verdict" not in [column.key for column in table.columns]


def test_a_failed_seed_is_named_with_its_arm(looked_at):
    (table,) = ablation_tables(gather(looked_at((3, 1))))
    notes = " ".join(note.text for note in table.notes)
    assert "better: judged without seeds 1" in notes
    assert "they were not replaced" in notes


def test_the_sentence_can_be_pasted_into_a_paper(judged):
    (table,) = ablation_tables(gather(judged()))
    (said,) = [
        note.text for note in table.notes if note.text.startswith("For a paper: ")
    ]
    assert said.startswith("For a paper: On 8 seeds, better helps val/f1 by 3.")
    assert "; worse hurts val/f1 by 3." in said
    assert "; alike makes no difference beyond 1; " in said


def test_every_format_has_word_and_colour(judged):
    tables = ablation_tables(gather(judged()))
    page = Document("judged", (), tuple(tables))
    assert "🟢 helps" in markdown.render(page)["report.md"].decode()
    assert 'class="left tone-bad"' in html.render(page)["report.html"].decode()
    assert (
        r"\textcolor[HTML]{00734D}{helps}"
        in latex.render(page)["ablation.tex"].decode()
    )
    assert "xcolor" in latex.render(page)["ablation.tex"].decode()
    assert "no difference" in terminal.render(page)["report.txt"].decode()
