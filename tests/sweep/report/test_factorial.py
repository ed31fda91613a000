"""The factorial table: main effects and interactions, as the analysis gives them."""

import math

import pytest

from sweep.report.evidence import gather
from sweep.report.factorial import factorial_tables
from sweep.statistics.factorial import factorial_effects
from tests.sweep.report.rows import by_row

FACTORIAL = """
name: factorial
trainer: own_trainer:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 3, loss_type: {values: [ce, focal]}, w: {min: 0.0, max: 2.0}}
ablation:
  baseline: {loss_type: ce, w: 0.0}
  seeds: [0, 1, 2]
  designs: {factorial: {loss_type: [ce, focal], w: [0.0, 1.0]}}
report: {metrics: [test/f1]}
"""


class TestFactorial:
    def value(self, arm, seed):
        noise = math.sin(7 * seed + len(arm.config["loss_type"]) + 3 * arm.config["w"]) / 100
        return (
            0.5
            + 0.1 * (arm.config["loss_type"] == "focal")
            + 0.05 * arm.config["w"]
            + seed / 50
            + noise
        )

    def test_effects_are_those_of_the_analysis(self, study, curve_to, run_all):
        writer = study(FACTORIAL)
        run_all(writer, lambda arm, seed, _: curve_to(self.value(arm, seed)))
        (table,) = factorial_tables(gather(writer.history()))
        rows = by_row(table)
        assert list(rows) == ["loss_type", "w", "loss_type × w"]
        arms = [arm for arm in writer.history().arms if arm.design == "factorial"]
        runs = [(arm, seed) for arm in arms for seed in range(3)]
        levels = {
            "l": [arm.config["loss_type"] for arm, _ in runs],
            "w": [arm.config["w"] for arm, _ in runs],
        }
        effects = factorial_effects(
            levels, [self.value(*run) for run in runs], [seed for _, seed in runs]
        )
        assert [row["p"].values["raw"] for row in rows.values()] == pytest.approx(
            [e.p for e in effects]
        )
        assert rows["loss_type"]["estimate"].values[""] == pytest.approx(effects[0].estimate)
        assert len(rows["w"]["f"].trials) == 12

    def test_a_cell_without_runs_is_said_instead_of_guessed(self, study, curve_to, run_all):
        writer = study(FACTORIAL)
        run_all(writer, lambda arm, seed, _: curve_to(0.5) if arm.config["w"] == 0 else None)
        (table,) = factorial_tables(gather(writer.history()))
        assert table.rows == ()
        assert any(note.text.startswith("No analysis: ") for note in table.notes)

    def test_no_table_without_a_factorial(self, ladder):
        assert factorial_tables(gather(ladder)) == []
