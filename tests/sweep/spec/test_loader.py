"""A study file becomes a frozen spec."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from sweep import spec
from sweep.model.domains import Choice, Constant, Uniform
from tests.sweep.spec.toy import STUDY

SEARCH_SPACES = Path(__file__).parents[3] / "search_spaces"


pytestmark = pytest.mark.usefixtures("toy")


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
    assert (
        study.search.method,
        study.search.trials,
        study.search.seeds,
        study.search.seed,
    ) == (
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


@pytest.mark.parametrize("name", sorted(p.stem for p in SEARCH_SPACES.glob("*.yaml")))
def test_every_shipped_study_loads_in_each_of_its_profiles(name):
    path = SEARCH_SPACES / f"{name}.yaml"
    plain = spec.load(path)
    assert plain.name == name
    for profile in yaml.safe_load(path.read_text(encoding="utf-8")).get("profiles", {}):
        assert spec.load(path, profile=profile).digest != plain.digest


def test_reading_a_study_file_imports_neither_torch_nor_ray():
    code = (
        "import sys; from sweep import spec\n"
        f"spec.load({str(SEARCH_SPACES / 'focal.yaml')!r})\n"
        "sys.exit(bool({'torch', 'ray', 'optuna', 'pandas'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
