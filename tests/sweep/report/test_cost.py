"""The cost table: stages add up, and what pruning saved."""

import pytest

from sweep.report.cost import cost_tables
from sweep.report.evidence import gather
from tests.sweep.report.rows import by_row
from tests.sweep.report.search_study import SEARCH


class TestCost:
    def test_stages_add_up_and_savings_are_counted(self, study, curve_to):
        writer = study(SEARCH)
        config = {"epochs": 9, "loss_type": "ce"}
        writer.trial(config, [{"val/f1": 0.1}] * 9, stage="search")
        writer.trial(config, [{"val/f1": 0.1}] * 3, stage="search", state="pruned")
        writer.trial(
            config, [{"val/f1": 0.1}] * 2, stage="search", state="failed", reason="NaN"
        )
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
            parts = [
                rows[stage][column].values[""]
                for stage in ("search", "ablation", "all")
            ]
            assert parts[0] + parts[1] == pytest.approx(parts[2])

    def test_no_table_before_the_first_trial(self, study):
        assert cost_tables(gather(study().history())) == []

    def test_paused_trials_have_a_column_and_are_not_results(self, study):
        writer = study(SEARCH)
        config = {"epochs": 9, "loss_type": "ce"}
        writer.trial(config, [{"val/f1": 0.1}] * 9, stage="search")
        (table,) = cost_tables(gather(writer.history()))
        assert "paused" not in [column.key for column in table.columns]
        writer.trial(config, [{"val/f1": 0.1}] * 3, stage="search", state="paused")
        (table,) = cost_tables(gather(writer.history()))
        row = by_row(table)["search"]
        assert (row["paused"].text, row["complete"].text, row["running"].text) == (
            "1",
            "1",
            "0",
        )
        assert row["saved"].values["pruned"] == 6, "epochs that it was spared so far"
        assert any("1 trials are paused" in note.text for note in table.notes)
