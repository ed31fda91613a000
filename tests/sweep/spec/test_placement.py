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
def test_a_rule_that_means_nothing_is_refused(load, rule, said):
    with pytest.raises(StudyFileError, match=said):
        load(f"{{when: [{rule}]}}")
