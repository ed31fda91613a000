"""The layout of pages: the study file's, a profile's, and what somebody asks for at the
command line."""

import pytest

from sweep.errors import UnknownName
from sweep.report import gather
from sweep.report.ablation import ablation_tables
from sweep.report.layout import Layout, layout_of
from sweep.spec import ReportSpec

PAPER = layout_of(ReportSpec(), profile="paper")


def test_everything_is_shown_by_default():
    assert layout_of(ReportSpec()) == Layout()


def test_a_study_file_goes_before_its_profile_and_the_command_line_before_both():
    file = ReportSpec(profile="paper", columns=("verdict",))
    assert layout_of(file).columns == ("verdict",)
    assert layout_of(file).notes == "short"
    assert layout_of(file, columns=["cost"], notes="full").columns == ("cost",)
    assert layout_of(file, profile="paper").columns == PAPER.columns


@pytest.mark.parametrize(
    ("wanted", "nearest"),
    [
        ({"profile": "papr"}, "paper"),
        ({"columns": ["chnge"]}, "change"),
        ({"notes": "ful"}, "full"),
    ],
)
def test_unknown_columns_and_profiles_are_refused(wanted, nearest):
    with pytest.raises(UnknownName, match=f"did you mean '{nearest}'"):
        layout_of(ReportSpec(), **wanted)


def test_a_metric_has_its_own_decimals_or_those_of_all():
    assert Layout(precision={"f1": 2}).decimals("f1") == 2
    assert Layout(precision={"f1": 2}).decimals("loss") is None
    assert Layout(precision=3).decimals("loss") == 3


def printed(history, layout):
    (table,) = ablation_tables(gather(history, layout=layout))
    return [table.columns[index].key for index in table.shown()], table


def test_a_paper_has_five_columns_and_programs_have_all(ladder):
    keys, table = printed(ladder, PAPER)
    assert keys == ["arm", "test/f1", "test/f1.change", "test/f1.p", "runs"]
    everything = {column.key for column in printed(ladder, Layout())[1].columns}
    assert {column.key for column in table.columns} == everything


def test_columns_stand_in_the_order_asked_for(ladder):
    keys, _ = printed(ladder, Layout(columns=("cost", "change")))
    assert keys == ["arm", "epochs", "seconds", "test/f1.change", "test/f1.p"]


def test_a_group_of_detail_columns_can_be_requested(ladder):
    assert "design" not in printed(ladder, Layout())[0]
    assert "design" in printed(
        ladder, Layout(columns=("collapsed", "design", "tuned"))
    )[0] or ("reference" in printed(ladder, Layout(columns=("design",)))[0])


def test_decimals_change_what_is_shown_and_no_number(ladder):
    _, table = printed(ladder, Layout(precision=1))
    _, usual = printed(ladder, Layout())
    at = [column.key for column in table.columns].index("test/f1")
    assert table.rows[1][at].text == "0.7 ± 0.0"
    assert table.records() == usual.records()


def test_the_finding_comes_first_then_metrics_then_cost(ladder):
    keys, _ = printed(ladder, Layout())
    order = [
        "arm",
        "test/f1.change",
        "test/f1.p",
        "component.focal",
        "test/f1",
        "runs",
        "epochs",
    ]
    assert [key for key in keys if key in order] == order


def test_short_notes_keep_the_caveats_and_separate_ones_leave_all(ladder):
    _, table = printed(ladder, Layout())
    assert table.printed_notes("full") == table.notes
    assert {note.kind for note in table.printed_notes("short")} == {"caveat"}
    assert table.printed_notes("separate") == ()
    for style in ("full", "short", "separate"):
        together = (*table.printed_notes(style), *table.left_notes(style))
        assert sorted(map(repr, together)) == sorted(map(repr, table.notes))
