"""The convergence table: epochs to 95 % of the reference's best, stability, final loss."""

import numpy as np
import pytest

from sweep.report.convergence import convergence_tables, target
from sweep.report.evidence import gather
from tests.sweep.report.rows import by_row


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
