"""A study file becomes a frozen spec; what its mistakes say is in `test_mistakes`."""

from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep import spec
from sweep.spec import StudySpec
from tests.sweep.spec.toy import STUDY, edited

SEARCH_SPACES = Path(__file__).parents[3] / "search_spaces"

pytestmark = pytest.mark.usefixtures("toy")


# --------------------------------------------------------------------------- a good file


# --------------------------------------------------------------------------- canonical
# form, digest, diff


def test_the_canonical_form_survives_json(load):
    study = load()
    again = StudySpec.from_canonical(
        orjson.loads(orjson.dumps(study.canonical())), study.source
    )
    assert again == study
    assert again.digest == study.digest


def test_the_digest_ignores_comments_line_numbers_and_descriptions(load, tmp_path):
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
            (
                '      "+ focal": {loss_type: focal, focal_gamma: 2.0}\n      "+ dice":'
                " {dice_weight: 1.0}\n"
            ),
            (
                '      "+ dice": {dice_weight: 1.0}\n      "+ focal": {loss_type:'
                " focal, focal_gamma: 2.0}\n"
            ),
            "ablation.designs.ladder: order + focal, + dice → + dice, + focal",
        ),
    ],
)
def test_a_change_alters_the_digest_and_is_described(load, old, new, line):
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
    assert set(slug) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
    )
    assert slug[0] not in ".-"


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "..",
        ".",
        "/",
        "a/b",
        "nul\0",
        "x" * 500,
        "日本語",
        "-rf",
        ".git",
    ],
)
def test_hostile_names_stay_inside_the_results_folder(name):
    slug = spec.slugify(name)
    assert Path("results", slug).resolve().parent == Path("results").resolve()


@given(st.text(max_size=5), st.text(max_size=5))
def test_different_names_never_share_a_folder(a, b):
    assert (spec.slugify(a) == spec.slugify(b)) == (a == b)


# --------------------------------------------------------------------------- what it loads
