"""What seeds can find, and when no change can be found at all."""

import pytest

from sweep import spec
from sweep.commands.power_view import comparisons, is_hopeless, power_line
from sweep.session.plan import plan

STUDY = """
name: powered
trainer: clip
metric: {name: val/balanced_accuracy, goal: maximize}
parameters: {epochs: 2, temperature: {min: 0.1, max: 2.0}}
ablation:
  baseline: {temperature: 1.0}
  seeds: [0, 1, 2, 3, 4, 5]
  designs: {ladder: {"+ hot": {temperature: 2.0}}, one_at_a_time: {temperature: [2.0, 0.5]}}
"""


@pytest.fixture
def loaded(tmp_path):
    def load(text=STUDY):
        path = tmp_path / "study.yaml"
        path.write_text(text, encoding="utf-8")
        found = spec.load(path)
        return found, plan(found)

    return load


def test_two_names_of_one_configuration_are_one_comparison(loaded):
    assert comparisons(*loaded()) == 2


@pytest.mark.parametrize(
    ("seeds", "hopeless"), [("[0]", True), ("[0, 1]", True), ("[0, 1, 2, 3]", False)]
)
def test_too_few_seeds_cannot_detect_any_change(loaded, seeds, hopeless):
    found = loaded(STUDY.replace("[0, 1, 2, 3, 4, 5]", seeds))
    assert is_hopeless(*found) == hopeless
    assert ("cannot detect any change" in power_line(*found)) == hopeless


def test_with_cross_validation_folds_are_paired(loaded):
    line = power_line(*loaded(STUDY.replace("designs:", "folds: 5\n  designs:")))
    assert line.startswith("with 5 paired folds and 2 comparisons")


def test_a_study_without_arms_to_compare_says_nothing(loaded):
    assert power_line(*loaded(STUDY[: STUDY.index("  designs")])) == ""
