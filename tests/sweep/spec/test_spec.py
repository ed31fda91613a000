"""A study file becomes a frozen spec, or every mistake in it is said at once, with its line and what would be right."""

import math
import subprocess
import sys
import types
from pathlib import Path
from typing import Literal, Self

import orjson
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, model_validator

import trainers
from sweep import spec
from sweep.errors import StudyFileError, UsageError, Violation
from sweep.parameters import Choice, Constant, IntUniform, Normal, Uniform, contains
from sweep.spec import StudySpec
from sweep.spec.entries import Entry, parameter

SEARCH_SPACES = Path(__file__).parents[3] / "search_spaces"


class ToySettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    epochs: int = Field(20, ge=1)
    loss_type: Literal["ce", "focal", "dice"] = "ce"
    focal_gamma: float = Field(2.0, ge=0, le=10)
    learning_rate: float = Field(1e-3, gt=0)
    dice_weight: float = Field(0.0, ge=0)
    augmentation: Literal["none", "light"] = "none"

    @model_validator(mode="after")
    def _one_dice(self) -> Self:
        if self.loss_type == "dice" and self.dice_weight > 0:
            raise ValueError("loss_type dice has no dice_weight beside it")
        return self


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    """A bundled trainer with few settings."""
    module = types.ModuleType("trainers.settings.toy")
    module.SETTINGS = ToySettings
    module.METRICS = ("train/loss", "val/f_score", "test/f_score", "val/f1/*", "val/loss")
    monkeypatch.setitem(trainers.BUNDLED, "toy", "toy:train")
    monkeypatch.setitem(sys.modules, "trainers.settings.toy", module)


STUDY = """\
trainer: toy
metric: {name: val/f_score, goal: maximize}
parameters:
  epochs: 20
  loss_type: {values: [ce, focal]}
  focal_gamma: {min: 0.5, max: 4.0, when: {loss_type: focal}}
  dice_weight: 0.0
  learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 1e-2, role: nuisance}
search: {method: tpe, trials: 40}
early_terminate: {type: asha, min_iter: 2}
ablation:
  baseline: {loss_type: ce}
  seeds: [0, 1, 2]
  designs:
    ladder:
      "+ focal": {loss_type: focal, focal_gamma: 2.0}
      "+ dice": {dice_weight: 1.0}
    one_at_a_time: {dice_weight: [0.5, 1.0]}
profiles:
  full: {epochs: 200, search.trials: 100, "ablation.seeds": [0, 1, 2, 3, 4]}
"""


@pytest.fixture
def load(tmp_path):
    """Load a study file's text, written to `study.yaml`."""

    def load(text: str = STUDY, **options) -> StudySpec:
        path = tmp_path / "study.yaml"
        path.write_text(text, encoding="utf-8")
        return spec.load(path, **options)

    return load


@pytest.fixture
def refused(load, violations):
    """The violations of a study file's text."""

    def refused(text: str = STUDY, **options) -> tuple[Violation, ...]:
        return violations(load, text, **options)

    return refused


def edited(*changes: tuple[str, str]) -> str:
    """The study with lines changed; every old text occurs once."""
    text = STUDY
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


# --------------------------------------------------------------------------- a good file


def test_a_study_file_is_read(load):
    study = load()
    assert study.name == study.slug == "study", "the file's name"
    assert study.parameters["epochs"].domain == Constant(20)
    assert study.parameters["epochs"].role == "fixed"
    assert study.parameters["loss_type"].domain == Choice(("ce", "focal"))
    assert study.parameters["loss_type"].role == "scientific"
    assert study.parameters["focal_gamma"].when == {"loss_type": ("focal",)}
    assert study.parameters["learning_rate"].domain == Uniform(1e-4, 1e-2, log=True)
    assert study.parameters["learning_rate"].role == "nuisance"
    assert (study.search.method, study.search.trials, study.search.seeds, study.search.seed) == ("tpe", 40, (0,), 0)
    assert (study.early_terminate.type, study.early_terminate.min_iter, study.early_terminate.eta) == ("asha", 2, 3)
    assert study.ablation.seeds == (0, 1, 2)
    assert study.report.metrics == ("test/f_score",), "the study's metric on test data"
    assert study.source == STUDY


def test_defaults_of_a_minimal_file(load):
    study = load("trainer: toy\nmetric: {name: val/loss, goal: minimize}\nparameters: {epochs: 3}\nablation: {}\n")
    assert study.search is None
    assert study.early_terminate.type == "none"
    assert study.ablation.seeds == (0, 1, 2, 3, 4)
    assert study.ablation.folds is None
    assert study.report.metrics == ("val/loss",), "the trainer does not report test/loss"
    assert study.report.select == "best"
    assert study.resources.cpu == 1
    assert study.resources.gpu is None
    assert study.budget.hours is None


def test_a_grid_without_a_number_of_trials_is_the_whole_grid(load):
    text = edited(
        ("search: {method: tpe, trials: 40}", "search: {method: grid}"),
        ("focal_gamma: {min: 0.5, max: 4.0,", "focal_gamma: {values: [1, 2, 3],"),
        ("{distribution: log_uniform_values, min: 1e-4, max: 1e-2, role: nuisance}", "{values: [1e-3, 1e-2]}"),
    )
    assert load(text).search.trials == (1 + 3) * 2


@pytest.mark.parametrize(
    "entry, domain",
    [
        ("3", Constant(3)),
        ("no", Constant("no")),
        ("{value: [1, 2]}", Constant([1, 2])),
        ("{value: null}", Constant(None)),
        ("{values: [a, b], probabilities: [0.25, 0.75]}", Choice(("a", "b"), (0.25, 0.75))),
        ("{min: 1, max: 4}", IntUniform(1, 4)),
        ("{min: 1, max: 4.0}", Uniform(1.0, 4.0)),
        ("{distribution: uniform, min: 1, max: 4}", Uniform(1.0, 4.0)),
        ("{distribution: int_uniform, min: 1, max: 4}", IntUniform(1, 4)),
        ("{distribution: q_uniform, min: 0, max: 1, q: 0.25}", Uniform(0.0, 1.0, step=0.25)),
        ("{min: 0.1, max: 0.9, q: 0.25}", Uniform(0.25, 0.75, step=0.25)),
        ("{distribution: q_uniform, min: 3, max: 20, q: 5}", IntUniform(5, 20, step=5)),
        ("{distribution: log_uniform_values, min: 1, max: 8}", Uniform(1.0, 8.0, log=True)),
        ("{distribution: q_log_uniform_values, min: 8, max: 64, q: 8}", IntUniform(8, 64, log=True, step=8)),
        ("{distribution: inv_log_uniform_values, min: 1, max: 8}", Uniform(1.0, 8.0, log=True)),
        ("{distribution: log_uniform, min: -2, max: 0}", Uniform(math.exp(-2), 1.0, log=True)),
        ("{distribution: inv_log_uniform, min: 0, max: 2}", Uniform(math.exp(-2), 1.0, log=True)),
        ("{distribution: normal, mu: 1, sigma: 0.5}", Normal(1.0, 0.5)),
        ("{distribution: q_log_normal}", Normal(0.0, 1.0, log=True, step=1)),
    ],
)
def test_the_parameter_language_of_wandb(load, entry, domain):
    head = "trainer: own:train\nmetric: {name: m, goal: minimize}\nsearch: {trials: 1}\n"
    study = load(f"{head}parameters:\n  b: {{values: [1, 2]}}\n  x: {entry}\n")
    assert study.parameters["x"].domain == domain


@given(st.integers(-30, 30), st.integers(0, 40), st.sampled_from([0.1, 0.25, 2, 5]))
def test_quantised_bounds_are_multiples_of_q_inside_the_bounds(low, span, q):
    entry = Entry.model_validate({"distribution": "q_uniform", "min": low, "max": low + span, "q": q})
    complaints = []
    read = parameter("x", entry, lambda *c: complaints.append(c))
    if read is None:
        assert complaints
        return
    for edge in (read.domain.low, read.domain.high):
        assert low <= edge <= low + span
        assert math.isclose(edge / q, round(edge / q), abs_tol=1e-9)
        assert contains(read.domain, edge)


@pytest.mark.parametrize("name", sorted(p.stem for p in SEARCH_SPACES.glob("*.yaml")))
def test_every_shipped_study_loads_in_each_of_its_profiles(name):
    path = SEARCH_SPACES / f"{name}.yaml"
    plain = spec.load(path)
    assert plain.name == name
    for profile in yaml.safe_load(path.read_text(encoding="utf-8")).get("profiles", {}):
        assert spec.load(path, profile=profile).digest != plain.digest


# --------------------------------------------------------------------------- canonical form, digest, diff


def test_the_canonical_form_survives_json(load):
    study = load()
    again = StudySpec.from_canonical(orjson.loads(orjson.dumps(study.canonical())), study.source)
    assert again == study
    assert again.digest == study.digest


def test_the_digest_does_not_know_comments_places_and_descriptions(load, tmp_path):
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "study.yaml").write_text("# a comment\ndescription: words\n" + STUDY)
    assert spec.load(other / "study.yaml").digest == load().digest
    assert spec.diff(load(), spec.load(other / "study.yaml")) == []


@pytest.mark.parametrize(
    "old, new, line",
    [
        ("trials: 40", "trials: 24", "search.trials: 40 → 24"),
        ("seeds: [0, 1, 2]", "seeds: [0, 1]", "ablation.seeds: [0, 1, 2] → [0, 1]"),
        ("  epochs: 20\n", "  epochs: 20\n  augmentation: none\n", "parameters.augmentation: absent → "),
        ("max: 4.0", "max: 3.0", "parameters.focal_gamma.high: 4.0 → 3.0"),
        (
            "search: {method: tpe, trials: 40}",
            "search: {method: random, trials: 40}",
            "search.method: 'tpe' → 'random'",
        ),
        (
            '      "+ focal": {loss_type: focal, focal_gamma: 2.0}\n      "+ dice": {dice_weight: 1.0}\n',
            '      "+ dice": {dice_weight: 1.0}\n      "+ focal": {loss_type: focal, focal_gamma: 2.0}\n',
            "ablation.designs.ladder: order + focal, + dice → + dice, + focal",
        ),
    ],
)
def test_a_change_is_in_the_digest_and_in_words(load, old, new, line):
    before, after = load(), load(edited((old, new)))
    assert before.digest != after.digest
    assert [d for d in spec.diff(before, after) if d.startswith(line)]


# --------------------------------------------------------------------------- names


@pytest.mark.parametrize("name", ["focal", "v1.2_run-3", "A" * 80])
def test_a_plain_name_is_its_own_slug(name):
    assert spec.slugify(name) == name


@given(st.text())
def test_any_name_gives_a_safe_folder_name(name):
    slug = spec.slugify(name)
    assert 1 <= len(slug) <= 80
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
    assert slug[0] not in ".-"


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..", ".", "/", "a/b", "nul\0", "x" * 500, "日本語", "-rf", ".git"]
)
def test_hostile_names_stay_inside_the_results_folder(name):
    slug = spec.slugify(name)
    assert Path("results", slug).resolve().parent == Path("results").resolve()


@given(st.text(max_size=5), st.text(max_size=5))
def test_different_names_never_share_a_folder(a, b):
    assert (spec.slugify(a) == spec.slugify(b)) == (a == b)


# --------------------------------------------------------------------------- profiles and overrides


def test_a_profile_replaces_constants_seeds_and_trials(load):
    study = load(profile="full")
    assert study.parameters["epochs"].domain == Constant(200)
    assert study.search.trials == 100
    assert study.ablation.seeds == (0, 1, 2, 3, 4)


def test_overrides_come_after_the_profile(load):
    study = load(profile="full", overrides={"epochs": 3, "search.seed": 7, "early_terminate.type": "none"})
    assert study.parameters["epochs"].domain == Constant(3)
    assert study.search.trials == 100
    assert study.search.seed == 7


def test_an_override_fixes_a_searched_parameter_and_keeps_its_condition(load):
    study = load(overrides={"focal_gamma": 2.0, "loss_type": "ce"})
    assert study.parameters["focal_gamma"].domain == Constant(2.0)
    assert study.parameters["focal_gamma"].when == {"loss_type": ("focal",)}
    assert study.parameters["loss_type"].domain == Constant("ce")


def test_an_override_reaches_into_a_parameter_and_makes_a_section(load):
    study = load(overrides={"parameters.focal_gamma.max": 3.0, "budget.hours": 2})
    assert study.parameters["focal_gamma"].domain == Uniform(0.5, 3.0)
    assert study.budget.hours == 2


def test_assignments_are_read_as_yaml():
    assert spec.parse_overrides(["epochs=3", "a.b=[0, 1]", "name=no", "x=1e-3", "y=a=b"]) == {
        "epochs": 3,
        "a.b": [0, 1],
        "name": "no",
        "x": 1e-3,
        "y": "a=b",
    }
    for wrong in ("epochs", "=3"):
        with pytest.raises(UsageError, match="KEY=VALUE"):
            spec.parse_overrides([wrong])


@pytest.mark.parametrize(
    "options, key, words",
    [
        ({"profile": "ful"}, "--profile ful", "did you mean 'full'?"),
        ({"overrides": {"epoch": 3}}, "--set epoch", "did you mean 'epochs'?"),
        ({"overrides": {"serch.trials": 3}}, "--set serch.trials", "did you mean 'search.trials'?"),
        ({"overrides": {"search.trails": 3}}, "search.trails", "did you mean 'trials'?"),
        ({"overrides": {"loss_type": "focl"}}, "--set loss_type", "one of: ce, focal"),
        ({"overrides": {"trainer.x": 1}}, "--set trainer.x", "trainer is not a mapping"),
        ({"overrides": {"parameters.epoch": 3}}, "--set parameters.epoch", "did you mean 'epochs'?"),
        ({"overrides": {"epochs": "many"}}, "parameters.epochs", "an integer"),
    ],
)
def test_wrong_overrides_are_violations_without_a_line(refused, options, key, words):
    (violation,) = refused(**options)
    assert (violation.line, violation.key) == (0, key)
    assert words in violation.problem + violation.allowed


def test_the_keys_of_every_profile_are_checked_even_when_it_is_not_used(refused):
    (violation,) = refused(edited(("full: {epochs:", "full: {epoch:")))
    assert (violation.line, violation.key) == (20, "profiles.full.epoch")


# --------------------------------------------------------------------------- bad files

A = "ablation.designs"
MISTAKES = [
    # structure
    ("trainer: toy\n", "", 1, "trainer", "no `trainer`", "e.g. trainer: clip"),
    ("trainer: toy", "trainer: toi", 1, "trainer", "unknown trainer 'toi'", "did you mean 'toy'?"),
    ("trainer: toy", "trainer: [toy]", 1, "trainer", "is not text", "text"),
    ("trainer: toy", "trainer: study.yaml.py", 1, "trainer", "no file", ""),
    ("{name: val/f_score, goal: maximize}", "val/f_score", 2, "metric", "is not a mapping", "{name: val/f_score, goal"),
    ("method: tpe", "method: bayes", 9, "search.method", "'bayes'", "tpe, which is what"),
    ("trainer: toy", "trainer: absent.py:train", 1, "trainer", "no file", ""),
    ("goal: maximize", "goal: maximise", 2, "metric.goal", "'maximise'", "did you mean 'maximize'?"),
    (", goal: maximize", "", 2, "metric.goal", "metric has no `goal`", "maximize"),
    ("name: val/f_score", "name: val/fscore", 2, "metric.name", "does not report 'val/fscore'", "'val/f_score'?"),
    ("search: {method", "serch: {method", 9, "serch", "is not a key of a study file", "did you mean 'search'?"),
    ("search: {", "method: bayes\nsearch: {", 9, "method", "is not a key", "it belongs at search.method"),
    ("method: tpe", "method: tp", 9, "search.method", "'tp'", "did you mean 'tpe'?"),
    ("trials: 40", "trials: '40'", 9, "search.trials", "'40' is not an integer", "an integer"),
    ("trials: 40", "trials: 0", 9, "search.trials", "0 is out of bounds", "at least 1"),
    ("trials: 40", "trials: true", 9, "search.trials", "true is not an integer", ""),
    ("trials: 40}", "trials: 40, seeds: 5}", 9, "search.seeds", "5 is not a list", "[0, 1, 2]"),
    ("{method: tpe, trials: 40}", "{method: tpe}", 9, "search.trials", "search has no `trials`", "trials: 20"),
    ("type: asha", "type: bohb", 10, "early_terminate.type", "'bohb'", "one of: none, asha, median"),
    ("min_iter: 2", "min_iter: 2, eta: 1", 10, "early_terminate.eta", "1 is out of bounds", "at least 2"),
    ("min_iter: 2", "min_itr: 2", 10, "early_terminate.min_itr", "is not a key", "did you mean 'min_iter'?"),
    ("  designs:", "  folds: 1\n  designs:", 14, "ablation.folds", "1 is out of bounds", "at least 2"),
    ("    one_at", "    one_on", 18, A + ".one_on_a_time", "is not a key", "did you mean 'one_at_a_time'?"),
    # parameters
    ("  epochs: 20", "  epochs: [20]", 4, "parameters.epochs", "is a bare list", "values:"),
    ("  epochs: 20", "  epochs: {valu: 20}", 4, "parameters.epochs.valu", "is not a key", "did you mean 'value'?"),
    ("  epochs: 20", "  epochs: {}", 4, "parameters.epochs", "says no value", "value: x"),
    ("  epochs: 20", "  epochs: 0", 4, "parameters.epochs", "0 is out of bounds", "at least 1"),
    ("  epochs: 20", "  epoch: 20", 4, "parameters.epoch", "has no such parameter", "did you mean 'epochs'?"),
    ("  epochs: 20", "  epochs: {value: 20, min: 1}", 4, "parameters.epochs.min", "means nothing", "value"),
    ("[ce, focal]", "[ce, focal, focl]", 5, "parameters.loss_type.values[2]", "'focl'", "did you mean 'focal'?"),
    ("[ce, focal]", "[ce, focal, ce]", 5, "parameters.loss_type.values[2]", "listed twice", "distinct"),
    ("[ce, focal]}", "[ce, focal], role: fixed}", 5, "parameters.loss_type.role", "not fixed", "nuisance"),
    ("[ce, focal]}", "[ce, focal], probabilities: [1]}", 5, "parameters.loss_type.probabilities", "[1.0]", "summing"),
    ("max: 4.0", "max: 0.4", 6, "parameters.focal_gamma.min", "0.5 is above max 0.4", "up to 0.4"),
    ("max: 4.0", "max: 40.0", 6, "parameters.focal_gamma.max", "40.0 is out of bounds", "at most 10"),
    ("max: 4.0", "max: high", 6, "parameters.focal_gamma.max", "'high' is not a number", "a number"),
    ("max: 4.0, ", "", 6, "parameters.focal_gamma", "needs `max`", "min, max"),
    ("{loss_type: focal}}", "{loss: focal}}", 6, "parameters.focal_gamma.when.loss", "no parameter 'loss'", ""),
    ("{loss_type: focal}}", "{loss_type: dice}}", 6, "parameters.focal_gamma.when.loss_type", "never 'dice'", "ce"),
    ("min: 1e-4", "min: 0", 8, "parameters.learning_rate.min", "0 has no logarithm", "above 0"),
    ("log_uniform_values", "log_uniform_value", 8, "parameters.learning_rate.distribution", "log_un", "_values"),
    ("role: nuisance", "role: nuisence", 8, "parameters.learning_rate.role", "'nuisence'", "did you mean 'nuisance'?"),
    # sections against each other
    ("min_iter: 2", "min_iter: 21", 10, "early_terminate.min_iter", "more than the 20 epochs", "at most 20"),
    ("min_iter: 2", "min_iter: 9, max_iter: 3", 10, "early_terminate.max_iter", "3 is below min_iter", "at least 9"),
    ("seeds: [0, 1, 2]", "seeds: [0, 1, 0]", 13, "ablation.seeds[2]", "seed 0 is listed twice", "distinct"),
    # arms
    ("{loss_type: ce}", "{los_type: ce}", 12, "ablation.baseline.los_type", "no parameter", "'loss_type'?"),
    ("{loss_type: ce}", "{loss_type: dice}", 12, "ablation.baseline.loss_type", "outside", "one of: ce, focal"),
    ("{loss_type: ce}", "{loss_type: ce, focal_gamma: 1}", 12, "ablation.baseline.focal_gamma", "no meaning", ""),
    ("gamma: 2.0}", "gamma: 9.0}", 16, A + ".ladder.+ focal.focal_gamma", "9.0 is outside", "from 0.5 to 4.0"),
    ("{dice_weight: 1.0}", "{dice_weight: -1}", 17, A + ".ladder.+ dice.dice_weight", "-1", "at least 0"),
    ("{dice_weight: 1.0}", "{}", 17, A + ".ladder.+ dice", "changes nothing", "at least one"),
    ('"+ dice"', "baseline", 17, A + ".ladder.baseline", "two arms named 'baseline'", "distinct"),
    ("[0.5, 1.0]", "[0.5, 0.5]", 18, A + ".one_at_a_time.dice_weight[1]", "listed twice", "distinct"),
    ("[0.5, 1.0]", "[]", 18, A + ".one_at_a_time.dice_weight", "lists no value", ""),
    ("[0.5, 1.0]", "0.5", 18, A + ".one_at_a_time.dice_weight", "0.5 is not a list", "[a, b]"),
    ("dice_weight: [0.5, 1.0]", "focal_gamma: [1]", 18, A + ".one_at_a_time.focal_gamma[0]", "no meaning", ""),
    ("one_at_a_time: {dice_weight", "factorial: {focal_gamma", 18, A + ".factorial.focal_gamma", "no meaning", ""),
    # YAML
    ("  epochs: 20", "  epochs: 20\n  epochs: 30", 5, "parameters.epochs", "appears twice", "line 4"),
]  # fmt: skip


@pytest.mark.parametrize(
    "old, new, line, key, problem, allowed", MISTAKES, ids=[f"{m[3]}-{m[1][:24]}" for m in MISTAKES]
)
def test_each_mistake_is_the_only_one_reported(refused, old, new, line, key, problem, allowed):
    (violation,) = [v for v in refused(edited((old, new))) if not v.key.startswith("profiles")]
    assert violation.key == key
    assert violation.line == line
    assert problem in violation.problem
    assert allowed in violation.problem + violation.allowed


def test_no_mistake_hides_another_and_none_invents_one(refused):
    """The five of the README and three more, in one file."""
    text = edited(
        ("name: val/f_score", "name: val/fscore"),
        ("  epochs: 20\n", "  epochs: twenty\n  epochs: 20\n"),
        ("[ce, focal]", "[ce, focal, focl]"),
        ("max: 4.0, when: {loss_type: focal}", "max: 0.4, when: {loss: focal}"),
        ("search: {method: tpe, trials: 40}", "search: {methd: tpe, trials: many}"),
        ("seeds: [0, 1, 2]", "seeds: [0, 0]"),
        ("{dice_weight: 1.0}", "{dice_wait: 1.0}"),
    ).replace("profiles:", "profile:")
    assert [(v.line, v.key) for v in refused(text)] == [
        (2, "metric.name"),
        (4, "parameters.epochs"),
        (5, "parameters.epochs"),
        (6, "parameters.loss_type.values[2]"),
        (7, "parameters.focal_gamma.min"),
        (7, "parameters.focal_gamma.when.loss"),
        (10, "search.methd"),
        (10, "search.trials"),
        (14, "ablation.seeds[1]"),
        (18, "ablation.designs.ladder.+ dice.dice_wait"),
        (20, "profile"),
    ]


def test_messages_name_file_line_and_key(load):
    with pytest.raises(StudyFileError) as caught:
        load(edited(("max: 4.0", "max: 0.4")))
    path, line, rest = str(caught.value).split(":", 2)
    assert Path(path).name == "study.yaml"
    assert line == "6"
    assert rest == " parameters.focal_gamma.min: 0.5 is above max 0.4\n    a number up to 0.4"
    assert caught.value.exit_code == 2


def test_a_grid_needs_values_for_every_parameter(refused):
    found = refused(edited(("method: tpe", "method: grid")))
    assert [v.key for v in found] == ["parameters.focal_gamma", "parameters.learning_rate"]
    assert "continuous" in found[0].problem


def test_conditions_in_a_circle_are_named(refused):
    text = edited(("loss_type: {values: [ce, focal]}", "loss_type: {values: [ce, focal], when: {focal_gamma: 1.0}}"))
    (violation,) = refused(text)
    assert "loss_type → focal_gamma → loss_type" in violation.problem


WITHOUT_SEARCH = edited(
    ("search: {method: tpe, trials: 40}\n", ""),
    ("early_terminate: {type: asha, min_iter: 2}\n", ""),
    ("profiles:\n", ""),
    ('  full: {epochs: 200, search.trials: 100, "ablation.seeds": [0, 1, 2, 3, 4]}\n', ""),
)


def test_without_a_search_no_arm_may_leave_a_parameter_open(refused, load):
    (violation,) = refused(WITHOUT_SEARCH)
    assert violation.key == "ablation.baseline"
    assert "leaves open: learning_rate" in violation.problem
    closed = WITHOUT_SEARCH.replace("{loss_type: ce}", "{loss_type: ce, learning_rate: 1e-3}")
    assert load(closed).search is None
    (violation,) = refused(closed.replace(", focal_gamma: 2.0", ""))
    assert violation.key == "ablation.designs.ladder.+ focal", "said where it arises, not for the rungs that inherit it"


def test_early_stopping_needs_a_search(refused):
    text = WITHOUT_SEARCH.replace("{loss_type: ce}", "{loss_type: ce, learning_rate: 1e-3}")
    (violation,) = refused(text + "early_terminate: {type: median}\n")
    assert violation.key == "early_terminate.type"


def test_a_study_must_train_something(refused):
    (violation,) = refused("trainer: toy\nmetric: {name: val/loss, goal: minimize}\nparameters: {epochs: 3}\n")
    assert "nothing to train" in violation.problem


def test_arms_that_the_trainer_refuses_as_a_whole(refused):
    text = edited(("[ce, focal]", "[ce, focal, dice]"), ("{loss_type: ce}", "{loss_type: dice, dice_weight: 1.0}"))
    found = refused(text)
    assert "ablation.baseline" in {v.key for v in found}
    assert {v.problem for v in found} == {"loss_type dice has no dice_weight beside it"}


def test_a_factorial_too_large_to_train_is_refused_at_once(refused):
    values = list(range(30))
    rates = [1e-3 + v * 1e-5 for v in values]
    factors = f"{{dice_weight: {values}, epochs: {[v + 1 for v in values]}, learning_rate: {rates}}}"
    (violation,) = refused(edited(("one_at_a_time: {dice_weight: [0.5, 1.0]}", f"factorial: {factors}")))
    assert "27000 cells" in violation.problem


def test_a_trainer_of_ones_own_is_checked_when_it_is_imported(load, refused, tmp_path):
    (tmp_path / "mine.py").write_text("def train(config, run): ...\ntrain.metrics = ('val/f_score',)\n")
    text = edited(("trainer: toy", "trainer: mine.py:train"), ("name: val/f_score", "name: val/fscore"))
    assert load(text).report.metrics == ("val/fscore",), "not imported, not known"
    (violation,) = refused(text, import_trainer=True)
    assert violation.key == "metric.name"
    (violation,) = refused(edited(("trainer: toy", "trainer: mine.py:trian")), import_trainer=True)
    assert "did you mean 'train'?" in violation.problem


@pytest.mark.parametrize("text", ["a: [", "- 1", "", "a: 1\n\x01"])
def test_what_is_not_yaml_is_a_study_file_error(refused, text):
    assert refused(text)


KEYS = (
    "value",
    "values",
    "min",
    "max",
    "when",
    "baseline",
    "designs",
    "ladder",
    "factorial",
    "trials",
    "name",
    "epochs",
)
SECTIONS = ("trainer", "metric", "parameters", "search", "early_terminate", "ablation", "report", "profiles")
leaves = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["toy", "ce", "focal", "epochs", "val/loss"])
anything = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(anything, st.sampled_from(SECTIONS))
def test_whatever_a_section_holds_there_is_a_spec_or_a_study_file_error(tmp_path, section, key):
    data = yaml.safe_load(STUDY) | {key: section}
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(data, sort_keys=False))
    try:
        study = spec.load(path)
    except StudyFileError as error:
        assert error.violations  # noqa: PT017 - either outcome is right, anything else is raised
    else:
        assert StudySpec.from_canonical(study.canonical()).digest == study.digest


def test_reading_a_study_file_imports_neither_torch_nor_ray():
    code = (
        "import sys; from sweep import spec\n"
        f"spec.load({str(SEARCH_SPACES / 'focal.yaml')!r})\n"
        "sys.exit(bool({'torch', 'ray', 'optuna', 'pandas'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
