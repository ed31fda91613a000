"""Names in `report` that no table shows are refused where they stand, with the nearest one."""

import pytest

from sweep import spec
from sweep.errors import StudyFileError

STUDY = """
trainer: own:train
metric: {name: val/f1, goal: maximize}
parameters: {loss_type: {values: [ce, focal]}, learning_rate: 0.1}
ablation:
  baseline: {loss_type: ce}
  seeds: [0, 1, 2]
  designs: {ladder: {"+ focal": {loss_type: focal}}}
report: {metrics: [test/f1, test/loss], %s}
"""


@pytest.fixture
def load(tmp_path):
    def read(setting):
        path = tmp_path / "s.yaml"
        path.write_text(STUDY % setting, encoding="utf-8")
        return spec.load(path, import_trainer=False)

    return read


@pytest.mark.parametrize(
    "names",
    [
        '{test/f1: "F-score"}',
        '{"+ focal": Ours, focal: Ours too}',
        "{learning_rate: lr}",
    ],
)
def test_metrics_arms_components_and_parameters_have_names(load, names):
    assert load(f"names: {names}").report.names


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (
            "names: {test/f_1: F}",
            r"s.yaml:9: report.names.test/f_1.*\n.*did you mean 'test/f1'",
        ),
        (
            "precision: {test/los: 2}",
            r"s.yaml:9: report.precision.*\n.*did you mean 'test/loss'",
        ),
        (
            "columns: [metric]",
            r"s.yaml:9: report.columns.*'metric'\n.*did you mean 'metrics'",
        ),
        ("profile: papers", r"s.yaml:9: report.profile.*'papers'\n.*paper"),
        ("notes: shor", r"s.yaml:9: report.notes.*\n.*did you mean 'short'"),
        (
            "pages: two_column",
            r"s.yaml:9: report.pages.*\n.*did you mean 'two_columns'",
        ),
        ("precision: many", "'many' is neither a number of decimals from 0 to 10"),
        ("names: {test/f1: F, test/loss: F}", "'F' is also the name of 'test/loss'"),
    ],
)
def test_what_is_unknown_is_refused_with_line_and_nearest_name(load, setting, said):
    with pytest.raises(StudyFileError, match=said):
        load(setting)
