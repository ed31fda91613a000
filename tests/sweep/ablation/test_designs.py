"""Arms: what each design derives from a baseline, and the laws that hold for all of them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.ablation import designs
from sweep.errors import UsageError
from sweep.model import conditions, equality
from sweep.model.domains import Choice, Constant, Uniform
from sweep.model.parameters import Parameter
from sweep.model.trial import configuration_key
from sweep.spec import Ablation, Metric, StudySpec
from sweep.spec.arms import effective_values
from sweep.spec.completion import complete

LOSS_STUDY = {
    "epochs": Parameter("epochs", Constant(20), "fixed"),
    "loss_type": Parameter("loss_type", Choice(("ce", "focal")), "scientific"),
    "focal_gamma": Parameter(
        "focal_gamma", Uniform(0.5, 4.0), "scientific", {"loss_type": ("focal",)}
    ),
    "dice_weight": Parameter("dice_weight", Uniform(0.0, 2.0), "scientific"),
    "augmentation": Parameter("augmentation", Constant("none"), "fixed"),
    "learning_rate": Parameter(
        "learning_rate", Uniform(1e-4, 1e-2, log=True), "nuisance"
    ),
}
BASELINE = {"loss_type": "ce", "dice_weight": 0.0, "learning_rate": 0.001}


def study(baseline=BASELINE, parameters=LOSS_STUDY, **kinds) -> StudySpec:
    ablation = Ablation(baseline=dict(baseline), seeds=(0,), designs=kinds)
    return StudySpec(
        "s",
        "own.py:train",
        Metric(name="m", goal="maximize"),
        parameters,
        ablation=ablation,
    )


def by_name(spec, fill=None) -> dict[str, designs.Arm]:
    return {arm.name: arm for arm in designs.arms(spec, fill)}


def test_without_an_ablation_there_are_no_arms():
    spec = StudySpec("s", "own.py:train", Metric(name="m", goal="maximize"), LOSS_STUDY)
    assert designs.arms(spec) == ()
    assert designs.open_parameters(spec) == ()


def test_the_baseline_comes_first_and_is_complete():
    (arm,) = designs.arms(study())
    assert arm.name == arm.design == "baseline"
    assert arm.reference is None
    assert arm.config == {**BASELINE, "epochs": 20, "augmentation": "none"}
    assert list(arm.config) == [
        "epochs",
        "loss_type",
        "dice_weight",
        "augmentation",
        "learning_rate",
    ], "file order"


LADDER = {
    "+ focal": {"loss_type": "focal", "focal_gamma": 2.0},
    "+ dice": {"dice_weight": 1.0},
    "+ augmentation": {"augmentation": "strong"},
}


def test_a_ladder_is_cumulative_and_each_rung_knows_the_one_below():
    arms = by_name(study(ladder=LADDER))
    assert list(arms) == ["baseline", "+ focal", "+ dice", "+ augmentation"]
    assert [a.previous for a in arms.values()] == [
        None,
        "baseline",
        "+ focal",
        "+ dice",
    ]
    assert {a.reference for a in list(arms.values())[1:]} == {"baseline"}
    assert arms["+ dice"].config["focal_gamma"] == 2.0
    assert arms["+ dice"].config["augmentation"] == "none"
    assert arms["+ augmentation"].config["augmentation"] == "strong"
    assert arms["+ dice"].changes == {"dice_weight": 1.0}


def test_leave_one_out_takes_from_the_ladders_top():
    arms = by_name(
        study(
            ladder=LADDER,
            leave_one_out={
                "focal": {"loss_type": "ce"},
                "− dice": {"dice_weight": 0.0},
            },
        )
    )
    full = arms["+ augmentation"]
    assert arms["− focal"].reference == arms["− dice"].reference == full.name
    assert arms["− focal"].config == {
        k: v for k, v in full.config.items() if k != "focal_gamma"
    } | {"loss_type": "ce"}
    assert arms["− dice"].config == {**full.config, "dice_weight": 0.0}


def test_leave_one_out_without_a_ladder_takes_from_the_baseline():
    arms = by_name(
        study(
            baseline={**BASELINE, "dice_weight": 1.0},
            leave_one_out={"dice": {"dice_weight": 0.0}},
        )
    )
    assert arms["− dice"].reference == "baseline"
    assert arms["− dice"].config["dice_weight"] == 0.0


def test_one_at_a_time_skips_the_baselines_own_value():
    arms = by_name(
        study(
            one_at_a_time={
                "dice_weight": [0, 0.5, 1.8],
                "augmentation": ["none", "light"],
            }
        )
    )
    assert list(arms) == [
        "baseline",
        "dice_weight=0.5",
        "dice_weight=1.8",
        "augmentation=light",
    ]


def test_a_factorial_is_the_product_with_the_baselines_cell():
    arms = by_name(
        study(factorial={"augmentation": ["none", "light"], "dice_weight": [0, 1]})
    )
    assert list(arms) == [
        "baseline",
        "augmentation=none, dice_weight=0",
        "augmentation=none, dice_weight=1",
        "augmentation=light, dice_weight=0",
        "augmentation=light, dice_weight=1",
    ]
    assert configuration_key(
        arms["augmentation=none, dice_weight=0"].config
    ) == configuration_key(arms["baseline"].config), "kept as an arm, trained once"


def test_cells_that_differ_only_in_inactive_parameters_are_one():
    arms = by_name(
        study(factorial={"loss_type": ["ce", "focal"], "focal_gamma": [1, 2]})
    )
    assert list(arms)[1:] == [
        "loss_type=ce",
        "loss_type=focal, focal_gamma=1",
        "loss_type=focal, focal_gamma=2",
    ]


def test_a_generated_name_that_is_taken_says_its_design():
    arms = by_name(
        study(
            one_at_a_time={"dice_weight": [1]},
            factorial={"dice_weight": [0, 1]},
            arms={"mine": {"dice_weight": 2}},
        )
    )
    assert list(arms) == [
        "baseline",
        "mine",
        "dice_weight=1",
        "dice_weight=0",
        "dice_weight=1 (factorial)",
    ]


def test_setting_a_parameter_drops_the_values_that_lose_their_meaning():
    arms = by_name(
        study(
            baseline={**BASELINE, "loss_type": "focal", "focal_gamma": 2},
            arms={"ce": {"loss_type": "ce"}},
        )
    )
    assert "focal_gamma" not in arms["ce"].config


# --------------------------------------------------------------------------- open parameters


def test_open_parameters_are_filled_and_said_so():
    spec = study(baseline={"loss_type": "focal", "dice_weight": 1})
    assert designs.open_parameters(spec) == ("focal_gamma", "learning_rate")
    (arm,) = designs.arms(
        spec, {"focal_gamma": 1.5, "learning_rate": 0.003, "dice_weight": 0.7}
    )
    assert arm.filled == ("focal_gamma", "learning_rate")
    assert arm.config["focal_gamma"] == 1.5
    assert arm.config["dice_weight"] == 1, "what the file gives stands"


def test_a_filled_parent_decides_which_parameters_exist():
    spec = study(baseline={"dice_weight": 0, "learning_rate": 0.1})
    assert designs.open_parameters(spec) == ("loss_type",)
    (ce,) = designs.arms(spec, {"loss_type": "ce"})
    (focal,) = designs.arms(spec, {"loss_type": "focal", "focal_gamma": 3.0})
    assert "focal_gamma" not in ce.config
    assert focal.filled == ("loss_type", "focal_gamma")


def test_a_fill_function_sees_what_the_arm_states_and_nothing_that_has_no_meaning():
    seen = []

    def fill(name, stated):
        seen.append((name, dict(stated)))
        return 0.002

    spec = study(
        baseline={"loss_type": "focal", "focal_gamma": 2, "dice_weight": 0},
        arms={"ce": {"loss_type": "ce"}},
    )
    designs.arms(spec, fill)
    constants = {"epochs": 20, "augmentation": "none", "dice_weight": 0}
    assert seen == [
        ("learning_rate", {**constants, "loss_type": "focal", "focal_gamma": 2}),
        ("learning_rate", {**constants, "loss_type": "ce"}),
    ]


def test_without_a_value_to_fill_in_the_arm_and_the_parameter_are_named():
    with pytest.raises(UsageError, match=r"arm 'baseline' leaves 'learning_rate' open"):
        designs.arms(study(baseline={"loss_type": "ce", "dice_weight": 0}))


# --------------------------------------------------------------------------- laws

SWITCHES = {
    "loss_type": Parameter("loss_type", Choice(("ce", "focal")), "scientific"),
    "focal_gamma": Parameter(
        "focal_gamma", Choice((1, 2, 3)), "scientific", {"loss_type": ("focal",)}
    ),
    "anneal": Parameter(
        "anneal", Choice((False, True)), "scientific", {"focal_gamma": (2, 3)}
    ),
    "dice": Parameter("dice", Choice((0, 1)), "scientific"),
    "depth": Parameter("depth", Constant(4), "fixed"),
}
FILL = {"loss_type": "focal", "focal_gamma": 2, "anneal": False, "dice": 0}
OPTIONS = {
    "loss_type": ["ce", "focal"],
    "focal_gamma": [1, 2, 3],
    "anneal": [False, True],
    "dice": [0, 1],
    "depth": [2, 4],
}
changes = st.fixed_dictionaries(
    {}, optional={n: st.sampled_from(v) for n, v in OPTIONS.items()}
)
components = st.dictionaries(
    st.text("abc", min_size=1, max_size=4), changes.filter(bool), max_size=4
)
listed = st.fixed_dictionaries(
    {},
    optional={
        n: st.lists(st.sampled_from(v), min_size=1, unique=True)
        for n, v in OPTIONS.items()
    },
)


@st.composite
def studies(draw):
    return study(
        draw(changes),
        SWITCHES,
        ladder={f"+ {k}": v for k, v in draw(components).items()},
        leave_one_out=draw(components),
        one_at_a_time=draw(listed),
        factorial=draw(listed),
        arms={f"own {k}": v for k, v in draw(components).items()},
    )


@settings(max_examples=40)
@given(studies())
def test_every_configuration_is_complete_over_its_active_parameters(spec):
    for arm in designs.arms(spec, FILL):
        assert tuple(arm.config) == conditions.active(SWITCHES, arm.config)
        assert set(arm.filled) <= set(arm.config)


@settings(max_examples=40)
@given(studies())
def test_names_are_unique_and_references_exist(spec):
    arms = designs.arms(spec, FILL)
    names = [arm.name for arm in arms]
    assert len(set(names)) == len(names)
    assert all(arm.reference in names for arm in arms[1:])
    assert all(arm.previous in names for arm in arms if arm.design == "ladder")


@settings(max_examples=40)
@given(studies())
def test_the_last_rung_is_the_baseline_with_all_components(spec):
    everything = dict(spec.ablation.baseline)
    for changes in spec.ablation.designs.ladder.values():
        everything |= changes
    rungs = [
        arm for arm in designs.arms(spec, FILL) if arm.design in ("baseline", "ladder")
    ]
    config, _ = complete(SWITCHES, everything, FILL, "all")
    assert rungs[-1].config == config


@settings(max_examples=40)
@given(studies())
def test_one_at_a_time_never_repeats_the_baseline_where_the_baseline_says(spec):
    own = effective_values(SWITCHES, spec.ablation.baseline)
    for arm in designs.arms(spec, FILL):
        if arm.design == "one_at_a_time":
            ((name, value),) = arm.changes.items()
            assert not (name in own and equality.same(value, own[name]))


@settings(max_examples=40)
@given(studies())
def test_cells_of_a_factorial_are_pairwise_different(spec):
    cells = [arm for arm in designs.arms(spec, FILL) if arm.design == "factorial"]
    stated = [
        {n: v for n, v in arm.config.items() if n not in arm.filled} for arm in cells
    ]
    assert all(a != b for i, a in enumerate(stated) for b in stated[:i])
    if spec.ablation.designs.factorial:
        assert cells, "an empty product has no cells, any other has"


@settings(max_examples=40)
@given(studies())
def test_arms_are_a_pure_function_of_the_study(spec):
    assert designs.arms(spec, FILL) == designs.arms(
        StudySpec.from_canonical(spec.canonical()), FILL
    )


def test_what_an_arm_sets_beyond_its_reference_is_what_is_new_or_other():
    reference = {"loss_type": "ce", "dice_weight": 0.0, "learning_rate": 0.001}
    arm = {
        "loss_type": "focal",
        "focal_gamma": 2.0,
        "dice_weight": 0.0,
        "learning_rate": 0.001,
    }
    assert designs.beyond(reference, arm) == {"loss_type": "focal", "focal_gamma": 2.0}
    assert designs.beyond(arm, reference) == {"loss_type": "ce"}
    assert designs.beyond(reference, reference) == {}
