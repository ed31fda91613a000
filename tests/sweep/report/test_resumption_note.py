"""A table of a search says what was found of resuming trials."""

import pytest

from sweep import report
from sweep.model.probe_events import ResumptionProbed
from tests.sweep.conftest import Bench
from tests.sweep.session.searches import pausing, populated

TEXT = "a resumed curve equals an uninterrupted one"


@pytest.mark.parametrize("text", [pausing(trials=4, epochs=3), populated()])
def test_an_equal_curve_is_said_below_the_search_table(tmp_path, text):
    study = Bench(tmp_path, text)
    history = study.run(before=lambda s: s.record(ResumptionProbed("equal", TEXT)))
    (table, *_) = report.build_tables(report.gather(history), ["search"])
    (note,) = (note for note in table.notes if TEXT in note.text)
    assert note.kind == "method"


def test_nothing_is_said_where_nothing_was_probed(tmp_path):
    history = Bench(tmp_path, populated()).run()
    (table, *_) = report.build_tables(report.gather(history), ["search"])
    assert not any("resumed curve" in note.text for note in table.notes)
