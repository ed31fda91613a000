"""The per-class tables: one a metric, one row a class."""

import pytest

from sweep.report.evidence import gather
from sweep.report.per_class import per_class_tables
from tests.sweep.report.rows import by_row


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
            lambda arm, seed, _: curve_to(
                0.6, **{k: v + seed / 100 for k, v in extra.items()}
            ),
        )
        tables = per_class_tables(gather(writer.history()))
        assert [table.name for table in tables] == [
            "per_class_test_f1",
            "per_class_test_iou",
        ]
        rows = by_row(tables[0])
        assert list(rows) == ["DF", "VASC"]
        assert rows["DF"]["+ focal"].values["mean"] == pytest.approx(0.225)
        assert len(rows["DF"]["+ focal"].trials) == 6

    def test_no_table_without_classes(self, ladder):
        assert per_class_tables(gather(ladder)) == []
