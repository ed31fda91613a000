"""Files of other tools: each registered format is a sound study file once what it lacks is given."""

import json
import textwrap

import pytest

from sweep import spec
from sweep.errors import StudyFileError
from sweep.model.parameters import Choice, IntUniform, Uniform
from sweep.spec.foreign import FORMATS

HYDRA = """
defaults: [{override hydra/sweeper: optuna}]
hydra:
  sweeper:
    direction: maximize
    n_trials: 12
    sampler: {_target_: optuna.samplers.TPESampler, seed: 1}
    params:
      lr: tag(log, interval(1e-5, 1e-2))
      depth: choice(2, 4)
lr: 0.1
"""
NNI = json.dumps(
    {
        "lr": {"_type": "loguniform", "_value": [1e-5, 1e-2]},
        "depth": {"_type": "choice", "_value": [2, 4]},
    }
)
CASES = {"hydra": ("config.yaml", HYDRA), "nni": ("search_space.json", NNI)}
OPTUNA = """
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
SPACE = {
    "lr": FloatDistribution(1e-5, 1e-2, log=True),
    "depth": CategoricalDistribution([2, 4]),
    "model": {"layers": IntDistribution(1, 8)},
    "epochs": 3,
}
"""
RAY = """
from ray import tune
SPACE = {
    "lr": tune.loguniform(1e-5, 1e-2),
    "depth": tune.choice([2, 4]),
    "model": {"layers": tune.randint(1, 9)},
    "odd": tune.sample_from(lambda spec: 1),
}
"""
GIVEN = {"trainer": "train.py:train", "metric.name": "loss", "metric.goal": "minimize"}


@pytest.fixture
def lay_out(tmp_path, monkeypatch):
    """`lay_out(name, text)`: a file beside a trainer and a Hydra script."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text("def train(config, run): ...\n")
    (tmp_path / "main.py").write_text(
        "import hydra\n@hydra.main(config_name='config')\ndef f(c): ...\n"
    )

    def lay_out(name, text):
        (tmp_path / name).write_text(textwrap.dedent(text))
        return name

    return lay_out


def test_every_format_has_a_case():
    assert CASES.keys() == FORMATS.keys()


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_a_study_with_the_same_domains(lay_out, name):
    study = spec.load(lay_out(*CASES[name]), overrides=GIVEN)
    assert study.parameters["lr"].domain == Uniform(1e-5, 1e-2, log=True)
    assert study.parameters["depth"].domain == Choice((2, 4))


def test_hydra_is_run_as_it_is_and_says_what_to_print(lay_out):
    study = spec.load(lay_out(*CASES["hydra"]))
    assert study.command.run[-2:] == ("${args_no_hyphens}", "hydra.run.dir=${folder}/hydra")
    assert (study.command.program, study.search.trials) == ("main.py", 12)
    assert any("print" in note for note in study.notes)


def test_a_glob_is_refused_with_the_reason_and_its_line(lay_out):
    with pytest.raises(StudyFileError) as caught:
        spec.load(lay_out("config.yaml", HYDRA.replace("choice(2, 4)", "glob(*)")))
    (violation,) = [v for v in caught.value.violations if "glob" in v.problem]
    assert (violation.line, violation.key) == (10, "hydra.sweeper.params.depth")


def test_a_branch_of_nni_exists_only_where_it_is_chosen(lay_out):
    branches = [{"_name": "conv", "k": {"_type": "randint", "_value": [1, 4]}}, {"_name": "none"}]
    text = json.dumps({"layer": {"_type": "choice", "_value": branches}})
    study = spec.load(lay_out("space.json", text), overrides=GIVEN)
    assert study.parameters["layer.k"].when == {"layer": ("conv",)}
    assert study.parameters["layer.k"].domain == IntUniform(1, 3)


@pytest.mark.parametrize(
    "text", [OPTUNA, RAY.replace('    "odd": tune.sample_from(lambda spec: 1),\n', "")]
)
def test_a_dict_of_domains_is_a_study(lay_out, text):
    lay_out("space.py", text)
    study = spec.load("space.py:SPACE", overrides=GIVEN)
    assert study.parameters["lr"].domain == Uniform(1e-5, 1e-2, log=True)
    assert study.parameters["model.layers"].domain == IntUniform(1, 8)


def test_what_is_drawn_by_code_is_refused_with_its_line(lay_out):
    lay_out("space.py", RAY)
    with pytest.raises(StudyFileError) as caught:
        spec.load("space.py:SPACE", overrides=GIVEN)
    (violation,) = caught.value.violations
    assert (violation.line, violation.key) == (7, "parameters.odd")


def test_a_space_that_is_not_there_names_the_nearest(lay_out):
    lay_out("space.py", OPTUNA)
    with pytest.raises(StudyFileError, match="did you mean 'SPACE'"):
        spec.load("space.py:SPACES")


def test_a_space_says_at_once_what_it_lacks_and_converts_without(lay_out):
    lay_out("space.py", OPTUNA)
    with pytest.raises(StudyFileError) as caught:
        spec.load("space.py:SPACE")
    assert [v.key for v in caught.value.violations] == ["metric", "program"]
    text, notes = spec.convert("space.py:SPACE")
    assert "metric" not in text.split("parameters")[0]
    assert any("names no metric" in note for note in notes)


@pytest.mark.parametrize(
    "text, said",
    [
        (
            "apiVersion: kubeflow.org/v1beta1\nkind: Experiment\nspec: {}\n",
            "an experiment of Katib",
        ),
        ("searcher: {name: random}\nhyperparameters: {}\n", "of Determined"),
        ("space: [{class_name: Float, config: {}}]\n", "of Keras Tuner"),
        ("lr: {domain_cls: Float, sampler_cls: Uniform}\n", "of Syne Tune"),
    ],
)
def test_files_that_are_not_read_are_recognised_in_one_sentence(lay_out, text, said):
    name = lay_out("x.yaml", text)
    for act in (spec.convert, spec.load):
        with pytest.raises(StudyFileError) as caught:
            act(name)
        (violation,) = caught.value.violations
        assert said in violation.problem
        assert "https://" in violation.problem
