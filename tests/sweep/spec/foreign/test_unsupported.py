"""Files of other tools that are recognised and not read."""

import pytest

from sweep import spec
from sweep.errors import StudyFileError


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
def test_unsupported_formats_are_refused_with_one_sentence(lay_out, text, said):
    name = lay_out("x.yaml", text)
    for act in (spec.convert, spec.load):
        with pytest.raises(StudyFileError) as caught:
            act(name)
        (violation,) = caught.value.violations
        assert said in violation.problem
        assert "https://" in violation.problem


@pytest.mark.parametrize(
    "text",
    [
        "lr: 0.1\nhydra: {sweeper: {n_trials: 3}}\n",
        "lr: 0.1\nhydra: {sweeper: {params: null}}\n",
        "lr: 0.1\nhydra: {run: {dir: out}}\n",
        "defaults: [_self_, model: resnet]\nlr: 0.1\n",
    ],
)
def test_a_hydra_configuration_without_a_sweep_is_refused_with_what_to_add(
    lay_out, text
):
    with pytest.raises(StudyFileError) as caught:
        spec.load(lay_out("config.yaml", text))
    (violation,) = caught.value.violations
    assert "hydra.sweeper.params is missing" in violation.problem
