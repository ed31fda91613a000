"""Seeds until decided, and a margin, in a study file: what is read, and what is refused
with its cure."""

import pytest

from sweep import spec
from sweep.errors import StudyFileError
from sweep.statistics.verdicts import Margin

STUDY = """trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 1, gain: {values: [0, 1, 2]}}
ablation:
  baseline: {gain: 0}
  seeds: {from: 6, to: 30, until: decided}
  margin: "1 %"
  designs: {arms: {more: {gain: 1}}}
"""


@pytest.fixture
def load(tmp_path):
    """`load((old, new), …)`: the study with these changes."""
    (tmp_path / "trainer.py").write_text("def train(config, run): ...\n")

    def read(*changes):
        text = STUDY
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "study.yaml").write_text(text)
        return spec.load(tmp_path / "study.yaml")

    return read


def refused(load, *changes):
    with pytest.raises(StudyFileError) as caught:
        load(*changes)
    return str(caught.value)


def test_the_looks_are_those_that_were_simulated(load):
    ablation = load().ablation
    assert ablation.until_decided.looks == (6, 9, 13, 20, 30)
    assert ablation.seeds == tuple(range(30))


def test_a_margin_is_a_percentage_or_a_number(load):
    assert load().ablation.smallest_change == Margin(0.01, relative=True)
    assert load(('"1 %"', "0.005")).ablation.smallest_change == Margin(0.005)
    assert load(('  margin: "1 %"\n', "")).ablation.smallest_change is None


def test_a_list_of_seeds_keeps_a_fixed_number_of_seeds(load):
    ablation = load(("{from: 6, to: 30, until: decided}", "[3, 5]")).ablation
    assert (ablation.seeds, ablation.until_decided) == ((3, 5), None)


def test_the_canonical_form_restores_seeds_until_decided(load):
    loaded = load()
    again = spec.StudySpec.from_canonical(loaded.canonical())
    assert again.ablation == loaded.ablation
    assert loaded.canonical()["ablation"]["seeds"] == {
        "from": 6,
        "to": 30,
        "until": "decided",
    }


@pytest.mark.parametrize("margin", ["0", "-1", '"0 %"', "true", '"a bit"', "[1]"])
def test_a_margin_that_is_not_positive_is_refused_with_its_line(load, margin):
    text = refused(load, ('"1 %"', margin))
    assert "study.yaml:7: ablation.margin" in text
    assert "0.005" in text or '"1 %"' in text


def test_until_without_a_limit_is_refused_with_an_example(load):
    text = refused(load, ("to: 30, ", ""))
    assert "study.yaml:6: ablation.seeds.to: ablation.seeds has no `to`" in text
    assert "e.g. to: 30" in text


@pytest.mark.parametrize(
    "seeds, words",
    [
        ("{from: 9, to: 9, until: decided}", "the limit must be above the first look"),
        ("{from: 2, to: 9, until: decided}", "at least 3"),
        ("{from: 6, to: 3000, until: decided}", "at most 1000"),
        ("{from: 6, to: 30, until: bored}", "unknown value 'bored'"),
        ("{from: 6, to: 30, util: decided}", "did you mean 'until'?"),
        ("{from: 6, to: 30.0, until: decided}", "an integer"),
        ("[]", "at least one"),
    ],
)
def test_other_seeds_are_refused(load, seeds, words):
    assert words in refused(load, ("{from: 6, to: 30, until: decided}", seeds))


@pytest.mark.parametrize(
    "old, new, at",
    [
        ('  margin: "1 %"', "  folds: 3", "ablation.folds"),
        ("{arms:", "{path: {to: more}, arms:", "ablation.designs.path"),
        ("{arms:", "{factorial: {gain: [1, 2]}, arms:", "ablation.designs.factorial"),
        (
            "{arms:",
            "{shapley: {a: {gain: 1}, b: {epochs: 2}}, arms:",
            "ablation.designs.shapley",
        ),
        (
            "more: {gain: 1}",
            "more: {set: {gain: 1}, when: {arm: baseline, below: 1}}",
            "ablation.designs.arms.more.when",
        ),
    ],
)
def test_designs_that_need_all_seeds_are_refused(load, old, new, at):
    text = refused(load, (old, new))
    assert f"{at}: " in text
    assert "ablation.seeds: [0, 1, 2, …]" in text
