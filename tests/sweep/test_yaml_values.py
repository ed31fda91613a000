"""YAML's scalars are what people mean; what no study can mean is found with its line."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sweep import yaml_file


@pytest.mark.parametrize(
    "text, value",
    [
        ("1e-4", 1e-4),
        ("1E5", 1e5),
        ("-.5", -0.5),
        ("3.", 3.0),
        ("1_000", 1000),
        ("1_00", "1_00"),
        ("010", 10),
        ("0x1F", 31),
        ("+7", 7),
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("2024-01-31", "2024-01-31"),
        ("12:30:00", "12:30:00"),
        ("'1'", "1"),
        ("!!str 1", "1"),
        ("=", "="),
        ("1e", "1e"),
    ],
)
def test_scalars_are_what_people_mean(text, value):
    found = yaml_file.parse(f"key: {text}").data["key"]
    assert found == value
    assert type(found) is type(value)


@given(
    st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**63), 2**63 - 1)
    | st.booleans()
    | st.none()
)
def test_a_value_that_was_dumped_is_read_back(value):
    assert yaml_file.parse(yaml.safe_dump({"key": value})).data == {"key": value}


def test_keys_are_words():
    assert yaml_file.parse("{1: a, no: b, true: c, 1e-3: d}").data == {
        "1": "a",
        "no": "b",
        "true": "c",
        "1e-3": "d",
    }


def test_all_duplicate_keys_are_found_with_both_lines():
    document = yaml_file.parse("a: 1\nb: {x: 1, y: 2, x: 3}\na: 2\n", "study.yaml")
    assert [(v.line, v.key) for v in document.violations] == [(2, "b.x"), (3, "a")]
    assert "line 1" in document.violations[1].problem
    assert document.data["a"] == 1, "the first stands"


def test_merge_keys_fill_in_and_do_not_count_as_duplicates():
    document = yaml_file.parse(
        "base: &b {x: 1, y: 2}\nmore: &m {y: 3, z: 4}\nown: {<<: [*b, *m], x: 9}\n"
    )
    assert document.data["own"] == {"x": 9, "y": 2, "z": 4}
    assert document.violations == ()


@pytest.mark.parametrize(
    "text",
    ["a: .inf", "a: .nan", "a: 1e999", "a: 99999999999999999999", "a: " + "9" * 6000],
)
def test_numbers_that_no_trainer_can_use_are_violations(text):
    (violation,) = yaml_file.parse(text).violations
    assert violation.key == "a"
    assert violation.line == 1
    assert "64-bit" in violation.problem


def test_tags_are_violations_and_construct_nothing():
    (violation,) = yaml_file.parse(
        "a: !!python/object/apply:os.system ['true']\n"
    ).violations
    assert "python/object" in violation.problem
