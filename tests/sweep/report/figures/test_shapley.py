"""The bars of the Shapley values."""

from sweep.report import figures, gather


def test_a_bar_a_component_with_its_verdict(drawn):
    axes = drawn("shapley").figure.axes[0]
    assert len(axes.patches) == 3
    assert next(text.get_text() for text in axes.texts) == "helps"


def test_the_caption_says_what_they_add_up_to(drawn):
    assert "add up to full minus baseline, +7" in drawn("shapley").caption


def test_seeds_that_were_left_out_are_in_the_caption(shared_out, shapley_text):
    history = shared_out(shapley_text, ("Dice", 2))
    caption = figures.draw("shapley", gather(history)).caption
    assert "seeds 2." in caption
