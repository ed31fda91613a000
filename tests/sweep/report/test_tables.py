"""Per-class, convergence, search, cost and factorial tables."""

import math

import numpy as np
import pytest

from sweep.report.convergence import convergence_tables, target
from sweep.report.cost import cost_tables
from sweep.report.evidence import gather
from sweep.report.factorial import factorial_tables
from sweep.report.per_class import per_class_tables
from sweep.report.search_table import search_tables
from sweep.statistics.factorial import factorial_effects


def by_row(table):
    keys = [column.key for column in table.columns]
    return {row[0].text: dict(zip(keys, row, strict=True)) for row in table.rows}


class TestPerClass:
    def test_one_table_a_metric_one_row_a_class(self, study, curve_to, run_all):
        writer = study()
        extra = {
            "test/f1/DF": 0.2,
            "test/f1/VASC": 0.4,
            "test/iou/DF": 0.1,
            "val/f1/DF": 0.9,
            "train/term/ce": 1.0,
        }
        run_all(
            writer,
            lambda arm, seed, _: curve_to(0.6, **{k: v + seed / 100 for k, v in extra.items()}),
        )
        tables = per_class_tables(gather(writer.history()))
        assert [table.name for table in tables] == ["per_class_test_f1", "per_class_test_iou"]
        rows = by_row(tables[0])
        assert list(rows) == ["DF", "VASC"]
        assert rows["DF"]["+ focal"].values["mean"] == pytest.approx(0.225)
        assert len(rows["DF"]["+ focal"].trials) == 6

    def test_no_table_without_classes(self, ladder):
        assert per_class_tables(gather(ladder)) == []


class TestConvergence:
    def curve(self, values, loss=1.0):
        return [{"val/f1": v, "test/f1": v, "test/loss": 1 - v, "train/loss": loss} for v in values]

    @pytest.fixture
    def rows(self, study, run_all):
        slow, fast, never = (
            [0.1, 0.2, 0.3, 0.58, 0.60, 0.59],
            [0.1, 0.5, 0.6, 0.61, 0.61, 0.61],
            [0.1, 0.2, 0.2, 0.2, 0.2, 0.2],
        )
        curves = {"baseline": slow, "+ focal": fast, "+ dice": never, "− focal": slow}
        writer = study()
        run_all(
            writer,
            lambda arm, *_: self.curve(
                curves[arm.name], loss=0.5 if arm.name == "+ focal" else 1.0
            ),
        )
        (table,) = convergence_tables(gather(writer.history()))
        return by_row(table)

    def test_epochs_to_ninety_five_per_cent_of_the_references_best(self, rows):
        # 0.95 × 0.60 = 0.57: the reference passes it in its 4th epoch, focal in its 3rd.
        assert rows["baseline"]["epochs_to_95"].values["mean"] == 4
        assert rows["+ focal"]["epochs_to_95"].values["mean"] == 3
        assert rows["+ focal"]["epochs_to_95.change"].values["percent"] == pytest.approx(-25)

    def test_a_run_that_never_gets_there_is_a_lower_bound_and_marked(self, rows):
        cell = rows["+ dice"]["epochs_to_95"]
        assert cell.text.startswith("≥ 6")
        assert cell.values["reached"] == 0
        assert cell.marks

    def test_stability_is_the_spread_of_the_last_third(self, rows):
        assert rows["baseline"]["late_sd"].values["mean"] == pytest.approx(
            np.std([0.60, 0.59], ddof=1)
        )
        assert rows["+ focal"]["late_sd.change"].values["percent"] == pytest.approx(-100)

    def test_final_loss_is_the_last_epochs(self, rows):
        assert rows["+ focal"]["final_loss"].values["mean"] == 0.5
        assert rows["+ focal"]["final_loss.change"].values["percent"] == pytest.approx(-50)

    @pytest.mark.parametrize(
        ("curve", "goal", "value"),
        [
            ([0.2, 0.8, 0.6], "maximize", 0.76),
            ([-4.0, -2.0], "maximize", -2.1),
            ([2.0, 1.0, 1.5], "minimize", 1.05),
        ],
    )
    def test_target(self, curve, goal, value):
        assert target(np.array(curve), goal) == pytest.approx(value)

    def test_no_table_without_runs(self, study):
        assert convergence_tables(gather(study().history())) == []


SEARCH = """
name: search
trainer: own_trainer:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 9
  loss_type: {values: [ce, focal]}
  focal_gamma: {min: 0.5, max: 4.0, when: {loss_type: focal}}
search: {method: random, trials: 20, seeds: [0, 1]}
"""


class TestSearch:
    @pytest.fixture
    def table(self, study, curve_to):
        writer = study(SEARCH)
        for number in range(14):
            config = {"epochs": 9, "loss_type": "focal", "focal_gamma": 0.5 + number / 10}
            for seed in (0, 1):
                curve = [{"val/f1": number / 100 + seed / 1000}]
                writer.trial(
                    config,
                    curve,
                    seed=seed,
                    stage="search",
                    state="complete" if number < 12 else "pruned",
                )
        half = {"epochs": 9, "loss_type": "ce"}
        writer.trial(half, [{"val/f1": 0.99}], seed=0, stage="search")
        writer.trial(half, [{"val/f1": 0.99}], seed=1, stage="search", state="failed", reason="NaN")
        return search_tables(gather(writer.history()))[0]

    def test_the_ten_best_by_their_mean_over_seeds(self, table):
        means = [row[2].values["mean"] for row in table.rows]
        assert means == pytest.approx([number / 100 + 0.0005 for number in range(11, 1, -1)])
        assert [row[0].text for row in table.rows] == [str(rank) for rank in range(1, 11)]
        assert all(len(row[2].trials) == 2 for row in table.rows)

    def test_pruned_and_half_failed_configurations_are_not_ranked_but_counted(self, table):
        assert table.title.endswith("of 12 configurations")
        assert "trials not ranked: 4 pruned, 1 failed" in table.notes[0].text

    def test_a_configuration_that_was_given_up_between_its_runs_is_not_ranked_and_that_is_said(
        self, study
    ):
        writer = study(SEARCH)
        for number, value in enumerate([0.5, 0.9]):
            config = {"epochs": 9, "loss_type": "focal", "focal_gamma": 1.0 + number}
            known = {"suggestion": number} | ({"given_up": "4 runs: …"} if number else {})
            for seed in (0, 1)[: 2 - number]:
                writer.trial(config, [{"val/f1": value}], seed=seed, stage="search", label=f"search {number}",
                             attributes=known)  # fmt: skip
        (table,) = search_tables(gather(writer.history()))
        assert [row[1].text for row in table.rows] == ["0, 1"]
        (said,) = [note for note in table.notes if note.text.startswith("Given up")]
        assert said.text.endswith(": search 1; 1 runs were not started")
        assert said.trials == (2,)

    def test_only_searched_parameters_are_columns(self, table):
        assert [c.key for c in table.columns if c.key.startswith("config.")] == [
            "config.loss_type",
            "config.focal_gamma",
        ]

    def test_nothing_of_the_test_set(self, table):
        assert not any("test" in column.key for column in table.columns)

    def test_no_table_without_a_search(self, ladder):
        assert search_tables(gather(ladder)) == []


class TestCost:
    def test_stages_add_up_and_savings_are_counted(self, study, curve_to):
        writer = study(SEARCH)
        config = {"epochs": 9, "loss_type": "ce"}
        writer.trial(config, [{"val/f1": 0.1}] * 9, stage="search")
        writer.trial(config, [{"val/f1": 0.1}] * 3, stage="search", state="pruned")
        writer.trial(config, [{"val/f1": 0.1}] * 2, stage="search", state="failed", reason="NaN")
        writer.trial(config, [{"val/f1": 0.1}] * 5, stage="ablation", reason="patience")
        writer.trial(config, [{"val/f1": 0.1}] * 1, stage="ablation", state="running")
        rows = by_row(cost_tables(gather(writer.history()))[0])
        assert list(rows) == ["search", "ablation", "all"]
        assert rows["search"]["saved"].values == {
            "pruned": 6,
            "stopped_early": 0,
            "share": pytest.approx(6 / 18),
        }
        assert rows["all"]["saved"].values["stopped_early"] == 4
        for column in (
            "trials",
            "complete",
            "pruned",
            "failed",
            "running",
            "attempts",
            "epochs",
            "seconds",
        ):
            parts = [rows[stage][column].values[""] for stage in ("search", "ablation", "all")]
            assert parts[0] + parts[1] == pytest.approx(parts[2])

    def test_no_table_before_the_first_trial(self, study):
        assert cost_tables(gather(study().history())) == []


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
