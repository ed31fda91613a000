"""Components: check marks for what an arm has, read off the ladder's own settings."""

from dataclasses import replace

from sweep.ablation import designs
from sweep.model.arm import Arm
from sweep.report.columns.components import CHECK, columns, components, has_components


def test_a_step_has_its_component_and_all_before_it(laddered, shown):
    rows = shown(columns, laddered)
    assert [cell.text for cell in rows["+ focal"].values()] == [CHECK, ""]
    assert [cell.text for cell in rows["+ dice"].values()] == [CHECK, CHECK]


def test_an_arm_of_another_design_has_the_components_whose_settings_it_has(
    laddered, shown
):
    rows = shown(columns, laddered)
    assert [cell.values[""] for cell in rows["− focal"].values()] == [False, True]
    assert [cell.values[""] for cell in rows["baseline"].values()] == [False, False]


def test_a_component_is_what_a_step_changes_in_the_step_before(study):
    arms = designs.arms(study().spec, None)
    assert components(arms) == {
        "focal": {"loss_type": "focal"},
        "dice": {"dice_weight": 1.0},
    }


def test_a_study_without_a_ladder_has_no_components():
    assert components([]) == {}


def test_a_component_stays_ticked_where_a_later_step_that_the_arm_has_overrides_a_setting():
    focal = {"loss": "focal", "gamma": 2.0, "alpha": False}
    settings = [{"sampling": True}, focal, {"alpha": True}]
    without = Arm(
        "− sampling",
        {"loss": "focal", "gamma": 2.0, "alpha": True, "sampling": False},
        "leave_one_out",
        None,
        None,
        {},
    )
    assert has_components(without, settings) == [False, True, True]
    undone = [{"x": 1}, {"x": 0, "y": 1}]
    baseline = replace(without, config={"x": 0, "y": 0})
    assert has_components(baseline, undone) == [False, False]
