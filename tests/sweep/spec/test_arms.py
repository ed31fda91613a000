"""The arms that a study file declares, before open parameters are filled."""

from sweep.model.domains import Choice, Constant, Uniform
from sweep.model.parameters import Parameter
from sweep.spec.arms import best_name, declared, effective_values, open_in
from sweep.spec.schema import Ablation

PARAMETERS = {
    "epochs": Parameter("epochs", Constant(4), "fixed"),
    "loss": Parameter("loss", Choice(("ce", "focal")), "scientific"),
    "gamma": Parameter("gamma", Uniform(0.0, 4.0), "scientific", {"loss": ("focal",)}),
}
ABLATION = Ablation.model_validate(
    {
        "baseline": {"loss": "ce"},
        "designs": {
            "ladder": {"+ focal": {"loss": "focal"}, "+ gamma": {"gamma": 2.0}},
            "leave_one_out": {"focal": {"loss": "ce"}},
            "one_at_a_time": {"loss": ["ce", "focal"]},
            "factorial": {"loss": ["ce", "focal"], "gamma": [1.0, 2.0]},
            "arms": {
                "later": {
                    "set": {"loss": "focal"},
                    "when": {"arm": "+ focal", "above": 0.5},
                }
            },
        },
    }
)


def arms():
    return {arm.name: arm for arm in declared(ABLATION, PARAMETERS)}


def test_a_rung_inherits_what_the_rungs_before_it_set():
    top = arms()["+ gamma"]
    assert (top.previous, top.reference) == ("+ focal", "baseline")
    assert (top.changes, top.given) == ({"gamma": 2.0}, {"loss": "focal", "gamma": 2.0})


def test_leave_one_out_removes_a_component_from_the_last_ladder_step():
    assert arms()["− focal"].reference == "+ gamma"


def test_one_at_a_time_skips_the_value_of_the_baseline():
    assert [
        name for name in arms() if name.startswith("loss=") and "," not in name
    ] == [
        "loss=focal",
        "loss=ce",
    ]
    assert arms()["loss=ce"].design == "factorial"


def test_factorial_cells_that_differ_only_in_an_inactive_parameter_are_one_arm():
    cells = [arm.name for arm in arms().values() if arm.design == "factorial"]
    assert cells == ["loss=ce", "loss=focal, gamma=1.0", "loss=focal, gamma=2.0"]


def test_a_conditional_arm_keeps_its_condition_and_the_key_of_its_values():
    later = arms()["later"]
    assert later.when.arm == "+ focal"
    assert later.key_path == ("designs", "arms", "later", "set")


def test_open_parameters_are_active_ones_without_a_value():
    assert effective_values(PARAMETERS, {"gamma": 2.0}) == {"epochs": 4}
    assert open_in(PARAMETERS, {}) == ("loss",)
    assert open_in(PARAMETERS, {"loss": "focal"}) == ("gamma",)
    assert best_name(2) == "best 2"
