"""`resources.when`: shares that depend on a trial's configuration, checked against the
parameters."""

import pytest

from sweep import spec
from sweep.session.plan import cpus, plan

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


def test_resources_of_an_arm_follow_its_parameters_and_count_in_the_plan(load):
    wanted = load("{cpu: 1, when: [{parameters: {model: large}, cpu: 3, gpu: 1}]}")
    planned = plan(wanted)
    assert {a.name: wanted.resources.share(a.config).cpu for a in planned.arms} == {
        "baseline": 1.0,
        "big": 3.0,
    }
    assert cpus(wanted, planned) == 2.0
    assert (
        spec.StudySpec.from_canonical(wanted.canonical()).resources == wanted.resources
    )
