"""`resources.when` against the parameters."""

import pytest

from sweep import spec
from sweep.errors import StudyFileError

HEAD = """
name: shares
trainer: own.py:train
metric: {name: m, goal: maximize}
parameters: {model: {values: [small, large]}, width: {min: 1, max: 8}}
ablation: {baseline: {model: small, width: 1}, seeds: [0], designs: {arms: {big: {model: large}}}}
"""


@pytest.fixture
def load(tmp_path):
    def read(resources):
        (tmp_path / "own.py").write_text(
            "def train(config, run):\n    run.report(0, {'m': 1})\n"
        )
        (tmp_path / "study.yaml").write_text(f"{HEAD}resources: {resources}\n")
        return spec.load(tmp_path / "study.yaml")

    return read


@pytest.mark.parametrize(
    "rule, said",
    [
        (
            "{parameters: {modle: large}, gpu: 1}",
            r"when\[0\]\.parameters\.modle: there is no parameter.*\n.*did you mean 'model'",
        ),
        ("{parameters: {model: huge}, gpu: 1}", "model is never 'huge'"),
        ("{parameters: {model: [large, huge]}, gpu: 1}", "model is never 'huge'"),
        ("{parameters: {width: 9}, gpu: 1}", "width is never 9"),
        ("{parameters: {model: large}}", "gives neither cpu nor gpu"),
        ("{parameters: {}, gpu: 1}", "parameters"),
        ("{parameters: {model: large}, gpus: 1}", "did you mean 'gpu'"),
        ("{parameters: {model: large}, cpu: 0}", "cpu"),
    ],
)
def test_a_resource_rule_without_effect_is_refused(load, rule, said):
    with pytest.raises(StudyFileError, match=said):
        load(f"{{when: [{rule}]}}")


@pytest.mark.parametrize(
    "resources, said",
    [
        (
            "{gpu: automatic}",
            r"study.yaml:7: resources.gpu: 'automatic' is neither a share",
        ),
        ("{gpu: -1}", "-1 is neither a share of a GPU, such as 0.25, nor auto"),
        ("{gpu: true}", "is neither a share of a GPU"),
        ("{gpu: '0.5'}", "'0.5' is neither a share of a GPU"),
        (
            "{gpu: auto, max_concurrent: 1}",
            r"study.yaml:7: resources.gpu: auto measures .*\n.*a trial alone has the whole GPU",
        ),
        (
            "{when: [{parameters: {model: large}, gpu: auto}]}",
            r"study.yaml:7: resources.when\[0\].gpu: 'auto' is not a number",
        ),
    ],
)
def test_an_invalid_gpu_share_is_refused_with_line_and_correction(
    load, resources, said
):
    with pytest.raises(StudyFileError, match=said):
        load(resources)


def test_a_share_may_be_measured(load):
    wanted = load("{gpu: auto, max_concurrent: 2}").resources
    assert wanted.measured
    assert wanted.share({}).gpu is None, "until it was"
    assert wanted.with_gpu(0.25).share({}).gpu == 0.25
    assert not wanted.with_gpu(0.25).measured
