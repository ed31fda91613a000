"""Design: where an arm is from; its reference is shown where there is more than one."""

from sweep.report import gather
from sweep.report.columns.design import columns, reference_of
from sweep.report.table import Notes


def test_each_arm_names_its_design_and_its_reference(laddered, shown):
    rows = shown(columns, laddered)
    assert rows["+ dice"]["design"].text == "ladder"
    assert rows["+ dice"]["reference"].text == "baseline"
    assert rows["− focal"]["reference"].text == "+ dice"


def test_the_baseline_is_compared_with_nothing(laddered, shown):
    assert reference_of(laddered.arms["baseline"]) is None
    assert shown(columns, laddered)["baseline"]["reference"].text == ""


def test_the_reference_is_a_detail_where_all_arms_have_the_same(
    study, laddered, ladder_study
):
    alone = (
        ladder_study.partition("    leave_one_out:")[0]
        + "report: {metrics: [test/f1]}\n"
    )
    writer = study(alone)
    writer.decide()
    details = {
        name: [column.detail for column in columns(evidence, Notes()).columns]
        for name, evidence in (("two", laddered), ("one", gather(writer.history())))
    }
    assert details == {"two": [True, False], "one": [True, True]}
