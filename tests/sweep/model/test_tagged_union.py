"""A section that takes different keys by what one of its keys says."""

from typing import Literal

import pytest
from pydantic import TypeAdapter, ValidationError

from sweep.model.fields import Count, Section
from sweep.model.tagged_union import ANY, is_tag, members_of, tagged_union


class Off(Section):
    kind: Literal["off"] = "off"


class Steps(Section):
    kind: Literal["steps"] = "steps"
    every: Count


class Share(Section):
    kind: Literal["share"] = "share"
    above: float = 0.5


MEMBERS = {"off": Off, "steps": Steps, "share": Share}
_, UNION = tagged_union(
    "EveryKind", MEMBERS, "kind", off="off", aliases={"each": "share"}
)
READ = TypeAdapter(UNION)


def faults(value):
    """Location and kind of every fault."""
    with pytest.raises(ValidationError) as caught:
        READ.validate_python(value)
    return {(error["loc"], error["type"]) for error in caught.value.errors()}


def test_the_named_class_reads_its_own_keys():
    assert READ.validate_python({"kind": "steps", "every": 2}) == Steps(every=2)
    assert READ.validate_python(Share(above=0.1)) == Share(above=0.1)


def test_an_error_names_the_class_by_a_tag_that_no_key_is_taken_for():
    assert faults({"kind": "steps", "every": 0, "above": 1.0}) == {
        (("[steps]", "every"), "greater_than_equal"),
        (("[steps]", "above"), "extra_forbidden"),
    }
    assert is_tag("[steps]")
    assert not is_tag("steps")


@pytest.mark.parametrize("name", [{}, {"kind": "stairs"}, {"kind": ["steps"]}])
def test_without_a_known_name_the_other_keys_are_checked_all_the_same(name):
    kinds = {loc[-1]: kind for loc, kind in faults({**name, "every": 0, "colour": 1})}
    assert kinds.keys() == {"kind", "every", "colour"}
    assert kinds["every"] == "greater_than_equal"


def test_the_name_that_switches_off_takes_all_keys_and_keeps_none():
    assert READ.validate_python({"kind": "off", "every": 2, "above": 0.1}) == Off()
    assert faults({"kind": "off", "every": 0}) == {
        ((ANY, "every"), "greater_than_equal")
    }


def test_a_default_stands_for_a_missing_name():
    _, union = tagged_union("EveryOther", MEMBERS, "kind", default="share")
    assert TypeAdapter(union).validate_python({"above": 0.2}) == Share(above=0.2)


def test_members_are_read_off_an_annotation_also_inside_an_optional_one():
    tags = {"[off]", "[steps]", "[share]", ANY}
    assert members_of(UNION).keys() == members_of(UNION | None).keys() == tags
    assert members_of(int) == {}
