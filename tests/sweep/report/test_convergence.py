"""The convergence table: epochs to 95 % of the reference's best, stability, final loss."""

import numpy as np
import pytest

from sweep.report.convergence import convergence_tables, target
from sweep.report.cost import cost_tables
from sweep.report.evidence import gather
from tests.sweep.report.conftest import LADDER_STUDY
from tests.sweep.report.rows import by_row


class TestConvergence:
    def curve(self, values, loss=1.0):
        return [
            {"val/f1": v, "test/f1": v, "test/loss": 1 - v, "train/loss": loss}
            for v in values
        ]

    @pytest.fixture
    def rows(self, study, run_all):
        slow, fast, never = (
            [0.1, 0.2, 0.3, 0.58, 0.60, 0.59, 0.60, 0.58, 0.59],
            [0.1, 0.5, 0.6, 0.61, 0.61, 0.61, 0.61, 0.61, 0.61],
            [0.1, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2],
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
        assert rows["+ focal"]["epochs_to_95.change"].values[
            "percent"
        ] == pytest.approx(-25)

    def test_a_run_that_never_reaches_the_target_is_a_marked_lower_bound(self, rows):
        cell = rows["+ dice"]["epochs_to_95"]
        assert cell.text.startswith("≥ 9")
        assert cell.values["reached"] == 0
        assert cell.marks

    def test_stability_is_the_spread_of_the_last_third(self, rows):
        assert rows["baseline"]["late_sd"].values["mean"] == pytest.approx(
            np.std([0.60, 0.58, 0.59], ddof=1)
        )
        assert rows["+ focal"]["late_sd.change"].values["percent"] == pytest.approx(
            -100
        )

    def test_a_last_third_of_two_values_has_no_spread(self, study, run_all):
        writer = study()
        run_all(writer, lambda *_: self.curve([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]))
        (table,) = convergence_tables(gather(writer.history()))
        assert "late_sd" not in by_row(table)["baseline"]
        assert not any("last third" in note.text for note in table.notes)

    def test_the_loss_is_explained_only_where_it_is_shown(self, study, run_all):
        writer = study()
        run_all(
            writer, lambda *_: [{"val/f1": 0.1, "test/f1": 0.1, "test/loss": 0.2}] * 3
        )
        (table,) = convergence_tables(gather(writer.history()))
        assert not any("train/loss" in note.text for note in table.notes)

    def test_no_change_is_below_minus_one_hundred_percent(self, study, run_all):
        writer = study()
        scale = {"baseline": 1.0, "+ focal": 0.01, "+ dice": 1.0, "− focal": 1.0}
        run_all(
            writer,
            lambda arm, seed, _: self.curve(
                [0.1] * 9, loss=scale[arm.name] * (10 + (seed + len(arm.name)) % 3)
            ),
        )
        (table,) = convergence_tables(gather(writer.history()))
        change = by_row(table)["+ focal"]["final_loss.change"].values
        assert -100 <= change["low"] <= change["percent"] + 1e-9

    def test_epochs_are_those_trained_where_only_some_are_reported(
        self, study, run_all
    ):
        writer = study(LADDER_STUDY.replace("epochs: 3", "epochs: 20"))
        run_all(writer, lambda *_: self.curve([0.2, 0.5, 0.6, 0.61]), every=5)
        evidence = gather(writer.history())
        (table,) = convergence_tables(evidence)
        assert by_row(table)["baseline"]["epochs_to_95"].values["mean"] == 15
        assert set(evidence.complete["epochs"]) == {20}
        saved = by_row(cost_tables(evidence)[0])["ablation"]
        assert (saved["saved"].text, saved["epochs"].values[""]) == ("0", 20 * 24)

    def test_final_loss_is_the_last_epochs(self, rows):
        assert rows["+ focal"]["final_loss"].values["mean"] == 0.5
        assert rows["+ focal"]["final_loss.change"].values["percent"] == pytest.approx(
            -50
        )

    @pytest.mark.parametrize(
        ("curve", "goal", "value"),
        [
            ([0.2, 0.8, 0.6], "maximize", 0.76),
            ([-4.0, -2.0], "maximize", -2.1),
            ([2.0, 1.0, 1.5], "minimize", 1.05),
        ],
    )
    def test_the_target_is_95_percent_of_the_references_best(self, curve, goal, value):
        assert target(np.array(curve), goal) == pytest.approx(value)

    def test_no_table_without_runs(self, study):
        assert convergence_tables(gather(study().history())) == []
