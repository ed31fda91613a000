"""The way between two configurations: any mixture of its groups is complete, and
together they lead to the target."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.ablation import path
from sweep.model import conditions
from sweep.model.domains import Choice, Constant
from sweep.model.equality import same
from sweep.model.parameters import Parameter
from sweep.spec.completion import complete

WORDS = ("a", "b", "c")


def tree(*, depth=4):
    """Parameters with values from three words, each perhaps existing only beside values
    of earlier ones."""

    @st.composite
    def draw(draw_from):
        found = {}
        for name in [f"p{i}" for i in range(draw_from(st.integers(1, depth + 2)))]:
            parents = (
                draw_from(
                    st.lists(st.sampled_from(sorted(found)), max_size=2, unique=True)
                )
                if found
                else []
            )
            allowed = st.lists(
                st.sampled_from(WORDS), min_size=1, max_size=2, unique=True
            ).map(tuple)
            when = {parent: draw_from(allowed) for parent in parents}
            domain = (
                Constant("a") if draw_from(st.integers(0, 5)) == 0 else Choice(WORDS)
            )
            found[name] = Parameter(name, domain, "scientific", when)
        return found

    return draw()


@st.composite
def ends(draw):
    """Parameters and two complete configurations of them."""
    space = draw(tree())
    values = {name: st.sampled_from(WORDS) for name in space}
    configs = [
        complete(space, draw(st.fixed_dictionaries(values)), None, "")[0]
        for _ in range(2)
    ]
    return space, *configs


def is_complete(space, config):
    return set(conditions.active(space, config)) == set(config)


@given(ends())
def test_the_first_mixture_is_the_start_and_the_last_is_the_target(case):
    space, start, target = case
    groups = path.groups(space, start, target)
    assert path.mixed(space, start, target, ()) == start
    assert path.mixed(space, start, target, itertools.chain(*groups)) == target


@given(ends())
def test_every_mixture_of_groups_is_a_complete_configuration(case):
    space, start, target = case
    groups = path.groups(space, start, target)
    for size in range(len(groups) + 1):
        for chosen in itertools.combinations(groups, size):
            config = path.mixed(space, start, target, itertools.chain(*chosen))
            assert is_complete(space, config)


@given(ends())
def test_a_step_changes_its_own_group_and_nothing_else(case):
    space, start, target = case
    groups = path.groups(space, start, target)
    moved = []
    for group in groups:
        before = path.mixed(space, start, target, moved)
        moved += group
        after = path.mixed(space, start, target, moved)
        changed = {
            n
            for n in {*before, *after}
            if n not in before or n not in after or not same(before[n], after[n])
        }
        assert changed == set(group)


@given(ends())
def test_groups_are_the_differences_each_once(case):
    space, start, target = case
    listed = list(itertools.chain(*path.groups(space, start, target)))
    differ = [
        n
        for n in space
        if (n in start) != (n in target) or (n in start and start[n] != target[n])
    ]
    assert sorted(listed) == sorted(differ)


LOSS = {
    "loss_type": Parameter("loss_type", Choice(("ce", "focal")), "scientific"),
    "focal_gamma": Parameter(
        "focal_gamma", Choice((1.0, 2.0)), "scientific", {"loss_type": ("focal",)}
    ),
    "dice_weight": Parameter("dice_weight", Choice((0.0, 1.0)), "scientific"),
    "learning_rate": Parameter("learning_rate", Choice((0.1, 0.01)), "nuisance"),
}
CE = {"loss_type": "ce", "dice_weight": 0.0, "learning_rate": 0.1}
FOCAL = {
    "loss_type": "focal",
    "focal_gamma": 2.0,
    "dice_weight": 1.0,
    "learning_rate": 0.01,
}


def test_a_child_moves_with_the_parent_that_brings_it_to_life():
    assert path.groups(LOSS, CE, FOCAL) == (
        ("loss_type", "focal_gamma"),
        ("dice_weight",),
        ("learning_rate",),
    )


def test_a_child_that_both_ends_have_moves_alone():
    assert path.groups(LOSS, {**FOCAL, "focal_gamma": 1.0}, FOCAL) == (
        ("focal_gamma",),
    )


def test_parents_that_would_make_a_parameter_without_a_value_move_together():
    both = {
        "a": Parameter("a", Choice((0, 1)), "scientific"),
        "b": Parameter("b", Choice((0, 1)), "scientific"),
        "child": Parameter(
            "child", Choice((0, 1)), "scientific", {"a": (1,), "b": (1,)}
        ),
    }
    assert path.groups(both, {"a": 1, "b": 0}, {"a": 0, "b": 1}) == (("a", "b"),)


def test_ignored_parameters_are_no_step_and_stay_as_they_start():
    groups = path.groups(LOSS, CE, FOCAL, ignore=("learning_rate",))
    assert ("learning_rate",) not in groups
    assert path.mixed(LOSS, CE, FOCAL, itertools.chain(*groups)) == {
        **FOCAL,
        "learning_rate": 0.1,
    }


@pytest.mark.parametrize(
    "group, config, name",
    [
        (("loss_type", "focal_gamma"), FOCAL, "path 2: loss_type=focal"),
        (("loss_type", "focal_gamma"), CE, "path 2: loss_type=ce"),
        (("dice_weight",), {"dice_weight": 1.23456789}, "path 2: dice_weight=1.235"),
        (("flag",), {"flag": True}, "path 2: flag=true"),
    ],
)
def test_a_step_is_named_by_what_moves_of_its_own_accord(group, config, name):
    space = {**LOSS, "flag": Parameter("flag", Choice((True, False)), "scientific")}
    assert path.step_name(2, group, space, config) == name
