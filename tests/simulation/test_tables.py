"""Every simulation of verdicts, tasks, fair shares and variances writes its table, short."""

import pytest

from tests.simulation import sequential, shapley, tasks, variance_components


@pytest.mark.parametrize(
    "module, repeats",
    [(sequential, 40), (shapley, 4), (tasks, 4), (variance_components, 1)],
)
def test_a_simulation_writes_a_table(module, repeats, monkeypatch):
    monkeypatch.setattr(tasks, "BOOTSTRAPS", 4)
    text = module.table(repeats)
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) > 4
    assert "nan" not in text
