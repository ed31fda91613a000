"""The factorial table: main effects and interactions, as the analysis gives them."""

import math

import pytest

from sweep.report.evidence import gather
from sweep.report.factorial import factorial_tables
from sweep.statistics.effects import analyse
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
        noise = (
            math.sin(7 * seed + len(arm.config["loss_type"]) + 3 * arm.config["w"])
            / 100
        )
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
        found = analyse(
            levels, [self.value(*run) for run in runs], [seed for _, seed in runs]
        )
        contrasts = [effect.parts[0].contrast for effect in found.effects]
        for row, contrast in zip(rows.values(), contrasts, strict=True):
            assert row["p"].values["adjusted"] == pytest.approx(contrast.p)
            assert row["estimate"].values["low"] == pytest.approx(contrast.low)
        assert rows["loss_type"]["estimate"].values[""] == pytest.approx(
            contrasts[0].mean
        )
        assert len(rows["w"]["f"].trials) == 12

    def test_an_effect_that_varies_with_the_seed_is_judged_by_its_own_spread(
        self, study, curve_to, run_all
    ):
        # The loss helps with one seed and hurts with another, while w does the same with every one.
        def value(arm, seed):
            focal = arm.config["loss_type"] == "focal"
            return (
                0.5
                + focal * (0.1, -0.1, 0.01)[seed]
                + arm.config["w"] * (0.1 + seed / 1000)
            )

        writer = study(FACTORIAL)
        run_all(writer, lambda arm, seed, _: curve_to(value(arm, seed)))
        rows = by_row(factorial_tables(gather(writer.history()))[0])
        widths = {
            name: row["estimate"].values["high"] - row["estimate"].values["low"]
            for name, row in rows.items()
            if name != "loss_type × w"
        }
        assert widths["loss_type"] > 20 * widths["w"]
        assert (
            rows["w"]["p"].values["adjusted"]
            < 0.01
            < rows["loss_type"]["p"].values["adjusted"]
        )

    def test_a_cell_without_runs_gives_no_analysis(self, study, curve_to, run_all):
        writer = study(FACTORIAL)
        run_all(
            writer, lambda arm, seed, _: curve_to(0.5) if arm.config["w"] == 0 else None
        )
        (table,) = factorial_tables(gather(writer.history()))
        assert table.rows == ()
        assert any(note.text.startswith("No analysis: ") for note in table.notes)

    def test_no_table_without_a_factorial(self, ladder):
        assert factorial_tables(gather(ladder)) == []
