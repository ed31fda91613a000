"""A study file becomes a frozen spec; what its mistakes say is in `test_mistakes`."""

import math
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sweep import spec
from sweep.model.parameters import Choice, Constant, IntUniform, Normal, Uniform, contains
from sweep.spec import StudySpec
from sweep.spec.entries import Entry, parameter
from tests.sweep.spec.toy import STUDY, edited

SEARCH_SPACES = Path(__file__).parents[3] / "search_spaces"

pytestmark = pytest.mark.usefixtures("toy")


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
    assert (study.search.method, study.search.trials, study.search.seeds, study.search.seed) == (
        "tpe",
        40,
        (0,),
        0,
    )
    assert (
        study.early_terminate.type,
        study.early_terminate.min_iter,
        study.early_terminate.eta,
    ) == ("asha", 2, 3)
    assert study.ablation.seeds == (0, 1, 2)
    assert study.report.metrics == ("test/f_score",), "the study's metric on test data"
    assert study.source == STUDY


def test_defaults_of_a_minimal_file(load):
    study = load(
        "trainer: toy\nmetric: {name: val/loss, goal: minimize}\nparameters: {epochs: 3}\nablation: {}\n"
    )
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
        (
            "{distribution: log_uniform_values, min: 1e-4, max: 1e-2, role: nuisance}",
            "{values: [1e-3, 1e-2]}",
        ),
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
        (
            "{distribution: q_log_uniform_values, min: 8, max: 64, q: 8}",
            IntUniform(8, 64, log=True, step=8),
        ),
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
    entry = Entry.model_validate(
        {"distribution": "q_uniform", "min": low, "max": low + span, "q": q}
    )
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
        (
            "  epochs: 20\n",
            "  epochs: 20\n  augmentation: none\n",
            "parameters.augmentation: absent → ",
        ),
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


# --------------------------------------------------------------------------- what it loads


def test_reading_a_study_file_imports_neither_torch_nor_ray():
    code = (
        "import sys; from sweep import spec\n"
        f"spec.load({str(SEARCH_SPACES / 'focal.yaml')!r})\n"
        "sys.exit(bool({'torch', 'ray', 'optuna', 'pandas'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
