"""Labels: any text becomes a few printable lines."""

from __future__ import annotations

import pytest

from sweep.report.figures.style import label


class TestLabel:
    def test_wraps_at_the_names_own_boundaries(self):
        assert (
            label("loss_type=focal, dice_weight=1.0", 16)
            == "loss_type=focal,\ndice_weight=1.0"
        )

    def test_leaves_out_the_middle_of_what_is_too_long_and_keeps_both_ends(self):
        short = label("begin " + "x" * 200 + " end", 20, 2).replace("\n", "")
        assert short.startswith("begin")
        assert "…" in short
        assert short.endswith("end")

    @pytest.mark.parametrize(
        "text", ["", " \t", "\x00\x1b[31m", "\ud800", "a" * 500, "$x^2$", "\u202eabc"]
    )
    def test_any_text_becomes_a_few_printable_lines(self, text):
        for line in label(text, 20, 3).split("\n"):
            assert line
            assert len(line) <= 21
            assert line.replace("\N{ZERO WIDTH SPACE}", "").isprintable()
        assert label(text, 20, 3).count("\n") <= 4
