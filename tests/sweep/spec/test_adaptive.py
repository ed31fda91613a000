"""Study files that ask for arms that follow from results, for retuning, reuse and health rules."""

import orjson
import pytest

from sweep import spec
from sweep.errors import StudyFileError
from sweep.session import plan
from sweep.spec import ConditionalArm, StudySpec
from tests.sweep.spec import toy

STUDY = """\
trainer: own:train
metric: {name: val/f, goal: maximize}
parameters:
  epochs: 10
  loss_type: {values: [ce, focal]}
  focal_gamma: {min: 0.5, max: 4.0, when: {loss_type: focal}}
  dice_weight: {min: 0.0, max: 2.0}
  optimizer: {values: [sgd, adam], role: nuisance}
  momentum: {min: 0.0, max: 0.9, role: nuisance, when: {optimizer: sgd}}
  learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 1e-2, role: nuisance}
search: {trials: 12}
reuse: true
ablation:
  baseline: {loss_type: ce, dice_weight: 0.0, optimizer: adam}
  seeds: [1, 2, 3]
  retune: {parameters: [learning_rate], trials: 8}
  designs:
    top_k: 3
    path: {from: baseline, to: best}
    arms:
      conservative: {loss_type: focal, focal_gamma: 2.0}
      aggressive:
        set: {loss_type: focal, focal_gamma: 2.5, dice_weight: 1.8}
        when: {arm: conservative, below: 0.72}
health:
  milestones: {metric: val/f, at: {0.04: 0.3, 0.6: 0.72, 8: 0.7}}
  max_gap: {train: train/f, val: val/f, above: 0.15}
  oscillation: {metric: train/loss, window: 5, above: 0.1, action: stop}
"""


@pytest.fixture
def load(tmp_path):
    """Load a study file's text."""

    def load(text: str = STUDY) -> StudySpec:
        path = tmp_path / "study.yaml"
        path.write_text(text, encoding="utf-8")
        return spec.load(path)

    return load


@pytest.fixture
def refused(load):
    """The violations of a study file's text."""

    def refused(text):
        with pytest.raises(StudyFileError) as caught:
            load(text)
        return caught.value.violations

    return refused


def edited(old, new):
    return toy.edited((old, new), text=STUDY)


def test_path_top_k_retune_and_health_are_read(load):
    study = load()
    ablation, health = study.ablation, study.health
    assert study.reuse is True
    assert ablation.designs.top_k == 3
    assert (ablation.designs.path.start, ablation.designs.path.to) == (
        "baseline",
        "best",
    )
    assert ablation.designs.arms["conservative"] == {
        "loss_type": "focal",
        "focal_gamma": 2.0,
    }
    aggressive = ablation.designs.arms["aggressive"]
    assert isinstance(aggressive, ConditionalArm)
    assert (aggressive.when.arm, aggressive.when.metric, aggressive.when.below) == (
        "conservative",
        None,
        0.72,
    )
    assert (ablation.retune.parameters, ablation.retune.trials) == (
        ("learning_rate",),
        8,
    )
    assert ablation.retune.early_terminate.type == "none", (
        "equal budgets, unless asked otherwise"
    )
    assert health.milestones.at == {"0.04": 0.3, "0.6": 0.72, "8": 0.7}
    assert (
        health.milestones.action,
        health.oscillation.action,
        health.oscillation.ablation_action,
    ) == (
        "warn",
        "stop",
        "warn",
    )


def test_the_canonical_form_survives_json(load):
    for text in (
        STUDY,
        edited(
            "{from: baseline, to: best}", "{from: {dice_weight: 1.0}, to: conservative}"
        ),
    ):
        study = load(text)
        again = StudySpec.from_canonical(
            orjson.loads(orjson.dumps(study.canonical())), study.source
        )
        assert again == study
        assert again.digest == study.digest


def test_the_canonical_form_of_a_version_without_these_sections_is_read(load):
    """A log written before they were there."""
    study = load(
        "trainer: own:train\nmetric: {name: m, goal: minimize}\nparameters: {epochs:"
        " 3}\nablation: {}\n"
    )
    old = study.canonical()
    del old["health"], old["reuse"]
    for key in ("top_k", "path"):
        del old["ablation"]["designs"][key]
    del old["ablation"]["retune"]
    assert StudySpec.from_canonical(old, study.source) == study


def test_a_set_without_when_is_a_conditional_arm_that_lacks_its_condition(refused):
    (violation,) = refused(
        edited("        when: {arm: conservative, below: 0.72}\n", "")
    )
    assert (violation.line, violation.key) == (
        22,
        "ablation.designs.arms.aggressive.when",
    )
    assert "has no `when`" in violation.problem


A = "ablation.designs"
MISTAKES = [
    # reuse
    ("reuse: true", "reuse: maybe", 12, "reuse", "'maybe' is not true or false", ""),
    # retune
    ("[learning_rate]", "[learning_rat]", 16, "ablation.retune.parameters[0]", "no parameter", "'learning_rate'?"),
    ("[learning_rate]", "[epochs]", 16, "ablation.retune.parameters[0]", "is a constant", "values or min"),
    ("[learning_rate]", "[dice_weight]", 16, "ablation.retune.parameters[0]", "is scientific", "role: nuisance"),
    ("[learning_rate]", "[learning_rate, learning_rate]", 16, "ablation.retune.parameters[1]", "twice", "once"),
    ("[learning_rate]", "[optimizer]", 16, "ablation.retune.parameters[0]", "momentum depends on", "momentum as well"),
    ("[learning_rate]", "learning_rate", 16, "ablation.retune.parameters", "is not a list", "[0, 1, 2]"),
    ("[learning_rate], trials: 8", "[learning_rate]", 16, "ablation.retune.trials", "no `trials`", "trials: 8"),
    ("trials: 8", "trials: 0", 16, "ablation.retune.trials", "0 is out of bounds", "at least 1"),
    ("trials: 8", "trials: 8, method: grid", 16, "ablation.retune.parameters[0]", "no grid", "method: tpe"),
    ("trials: 8", "trials: 8, metod: tpe", 16, "ablation.retune.metod", "is not a key", "'method'?"),
    (
        "trials: 8",
        "trials: 8, early_terminate: {type: asha, min_iter: 11}",
        16,
        "ablation.retune.early_terminate.min_iter",
        "more than the 10 epochs",
        "at most 10",
    ),
    (
        "conservative: {",
        "conservative: {learning_rate: 0.001, ",
        21,
        A + ".arms.conservative",
        "sets learning_rate, which retune would overwrite",
        "leave learning_rate to retune",
    ),
    # top_k and path
    ("top_k: 3", "top_k: 0", 18, A + ".top_k", "0 is out of bounds", "at least 1"),
    ("top_k: 3", "top_k: three", 18, A + ".top_k", "'three' is not an integer", ""),
    ("      conservative: {", '      "best 2": {dice_weight: 1.0}\n      conservative: {', 21, A + ".arms.best 2",
     "is the name of an arm of top_k", "another name"),
    ("to: best", "to: conservativ", 19, A + ".path.to", "no arm 'conservativ'", "'conservative'?"),
    ("to: best", "to: baseline", 19, A + ".path", "has the same start and end", "two different"),
    ("from: baseline, to: best", "from: baseline", 19, A + ".path.to", "has no `to`", "best, the name of an arm"),
    ("from: baseline", "form: baseline", 19, A + ".path.form", "is not a key", "'from'?"),
    ("to: best", "to: 3", 19, A + ".path.to", "3 is not text", ""),
    ("to: best", "to: {dice_weight: 3.0}", 19, A + ".path.to.dice_weight", "3.0 is outside", "from 0.0 to 2.0"),
    ("to: best", "to: {dice: 3.0}", 19, A + ".path.to.dice", "no parameter 'dice'", "add dice to parameters"),
    ("to: best", "to: {focal_gamma: 1.0}", 19, A + ".path.to.focal_gamma", "does not exist", ""),
    # conditions
    ("arm: conservative", "arm: conservativ", 24, A + ".arms.aggressive.when.arm", "no other arm", "'conservative'?"),
    ("arm: conservative", "arm: aggressive", 24, A + ".arms.aggressive.when.arm", "no other arm", "one of"),
    (", below: 0.72", "", 24, A + ".arms.aggressive.when", "neither below nor above", "below: 0.72"),
    ("below: 0.72", "belo: 0.72", 24, A + ".arms.aggressive.when.belo", "is not a key", "'below'?"),
    ("below: 0.72", "below: low", 24, A + ".arms.aggressive.when.below", "'low' is not a number", ""),
    ("below: 0.72", "below: 0.72, above: 0.8", 24, A + ".arms.aggressive.when", "no number is above 0.8", ""),
    ("below: 0.72", "below: 0.72, metric: test/f", 24, A + ".arms.aggressive.when.metric", "test data", "validation"),
    ("        when: {arm", "        whn: {}\n        when: {arm", 24, A + ".arms.aggressive.whn", "is not", "'when'?"),
    ("focal_gamma: 2.5", "focal_gama: 2.5", 23, A + ".arms.aggressive.set.focal_gama", "no para", "'focal_gamma'?"),
    ("focal_gamma: 2.5", "focal_gamma: 9.5", 23, A + ".arms.aggressive.set.focal_gamma", "9.5 is outside", "4.0"),
    # health
    ("0.04: 0.3", "1.4: 0.3", 26, "health.milestones.at.1.4", "neither an epoch nor a fraction of the epochs", "a fraction"),
    ("0.04: 0.3", "soon: 0.3", 26, "health.milestones.at.soon", "neither an epoch nor a fraction of the epochs", "a fraction"),
    ("0.04: 0.3", "0: 0.3", 26, "health.milestones.at.0", "neither an epoch nor a fraction of the epochs", "a fraction"),
    ("0.04: 0.3", "0.04: high", 26, "health.milestones.at.0.04", "'high' is not a number", ""),
    ("8: 0.7", "12: 0.7", 26, "health.milestones.at.12", "more than the 10 epochs", "at most 10"),
    (", at: {0.04: 0.3, 0.6: 0.72, 8: 0.7}", "", 26, "health.milestones.at", "no `at`", "fractions of the epochs"),
    ("max_gap: {train: train/f, ", "max_gap: {", 27, "health.max_gap.train", "has no `train`", ""),
    ("above: 0.15", "above: -1", 27, "health.max_gap.above", "-1 is out of bounds", "at least 0"),
    ("window: 5", "window: 2", 28, "health.oscillation.window", "2 is out of bounds", "at least 3"),
    ("action: stop", "action: kill", 28, "health.oscillation.action", "'kill'", "one of: warn, stop"),
    ("  oscillation:", "  oscilation:", 28, "health.oscilation", "is not a key of health", "'oscillation'?"),
]  # fmt: skip


@pytest.mark.parametrize(
    "old, new, line, key, problem, allowed",
    MISTAKES,
    ids=[f"{m[3]}-{m[1][:24].strip()}" for m in MISTAKES],
)
def test_each_mistake_is_the_only_one_reported(
    refused, old, new, line, key, problem, allowed
):
    (violation,) = refused(edited(old, new))
    assert violation.key == key
    assert violation.line == line
    assert problem in violation.problem
    assert allowed in violation.problem + violation.allowed


def test_top_k_and_a_path_to_best_need_a_search(refused):
    text = edited("search: {trials: 12}\n", "").replace(
        "optimizer: adam}", "optimizer: adam, learning_rate: 0.001}"
    )
    assert [(v.line, v.key) for v in refused(text)] == [
        (17, A + ".top_k"),
        (18, A + ".path.to"),
    ]


def test_a_retuned_parameter_may_be_open_without_a_search(load):
    text = (
        edited("search: {trials: 12}\n", "")
        .replace("    top_k: 3\n", "")
        .replace("to: best", "to: conservative")
    )
    assert load(text).search is None


def test_a_cycle_of_conditional_arms_is_refused_and_named(refused):
    text = edited(
        "      conservative: {loss_type: focal, focal_gamma: 2.0}\n",
        "      conservative: {set: {loss_type: focal, focal_gamma: 2.0}, when: {arm:"
        " aggressive, above: 0.5}}\n",
    )
    assert [v.key for v in refused(text)] == [
        A + ".arms.conservative.when.arm",
        A + ".arms.aggressive.when.arm",
    ]
    assert "wait for each other: conservative → aggressive" in refused(text)[1].problem


def test_fractions_of_epochs_need_epochs(refused):
    text = edited("  epochs: 10\n", "").replace("8: 0.7", "8: 0.7")
    found = refused(text)
    assert [v.key for v in found] == [
        "health.milestones.at.0.04",
        "health.milestones.at.0.6",
    ]
    assert "no parameter epochs" in found[0].problem


def test_a_misplaced_key_is_refused_with_the_right_section(refused):
    (violation,) = refused(STUDY + "retune: {parameters: [learning_rate], trials: 8}\n")
    assert violation.allowed == "it belongs at ablation.retune"


def test_no_mistake_hides_another(refused):
    text = STUDY
    for old, new in (("[learning_rate]", "[learning_rat]"), ("top_k: 3", "top_k: 0"), ("above: 0.15", "above: x"),
                     ("arm: conservative,", "arm: conservativ,"), ("0.04: 0.3", "0.04: high")):  # fmt: skip
        text = text.replace(old, new)
    assert [v.key for v in refused(text)] == [
        "ablation.retune.parameters[0]",
        A + ".top_k",
        A + ".arms.aggressive.when.arm",
        "health.milestones.at.0.04",
        "health.max_gap.above",
    ]


# --------------------------------------------------------------------------- the plan


def test_the_plan_counts_trials_that_depend_on_results(load):
    planned = plan.plan(load())
    assert [arm.name for arm in planned.arms] == [
        "baseline",
        "conservative",
        "aggressive",
    ]
    several = ["loss_type", "focal_gamma", "dice_weight", "optimizer", "momentum"]
    assert planned.path_arms == len(several) * (len(several) + 1) // 2
    arms = 3 + 3 + planned.path_arms
    assert planned.ablation_trials == arms * 3
    assert planned.retune_trials == arms * 8
    assert planned.optional == (planned.path_arms + 1) * (3 + 8)
    assert planned.trials == 12 + planned.ablation_trials + planned.retune_trials


def test_a_path_between_stated_arms_is_counted_exactly(load):
    text = edited(
        "to: best", "to: {loss_type: focal, focal_gamma: 2.0, dice_weight: 1.0}"
    )
    planned = plan.plan(load(text))
    assert planned.path_arms == 3, (
        "loss_type with focal_gamma, and dice_weight: 2 arms, then 1"
    )
    assert planned.optional == 1 * (3 + 8), "the arm with a condition"
