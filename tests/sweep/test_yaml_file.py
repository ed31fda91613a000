"""A YAML file is read as people mean it, every key knows its line, and no file is slow to refuse."""

import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sweep import yaml_file
from sweep.errors import StudyFileError


def refusal(text: str) -> str:
    with pytest.raises(StudyFileError) as caught:
        yaml_file.parse(text, "study.yaml")
    return str(caught.value)


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


def test_every_key_and_item_knows_its_line():
    document = yaml_file.parse("a: 1\nb:\n  c: [1, 2]\n  d:\n  - x\n  - {y: 2}\n")
    assert document.line_of(("a",)) == 1
    assert document.line_of(("b", "c")) == 3
    assert document.line_of(("b", "d", 0)) == 5
    assert document.line_of(("b", "d", 1, "y")) == 6
    assert document.line_of(("b", "absent", "deeper")) == 2, "the nearest key that is there"


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
    "text", ["a: .inf", "a: .nan", "a: 1e999", "a: 99999999999999999999", "a: " + "9" * 6000]
)
def test_numbers_that_no_trainer_can_use_are_violations(text):
    (violation,) = yaml_file.parse(text).violations
    assert violation.key == "a"
    assert violation.line == 1
    assert "64-bit" in violation.problem


def test_tags_are_violations_and_construct_nothing():
    (violation,) = yaml_file.parse("a: !!python/object/apply:os.system ['true']\n").violations
    assert "python/object" in violation.problem


@pytest.mark.parametrize(
    "text, line, words",
    [
        ("a: 1\nb: [1, 2\nc: 3\n", 3, "not YAML"),
        ("a: 1\n\tb: 2\n", 2, "not YAML"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("- 1\n- 2\n", 1, "mapping of keys"),
        ("just words", 1, "mapping of keys"),
        ("a: 1\nb: \x00\n", 2, "U+0000"),
        ("a: *nothing\n", 1, "not YAML"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text, line, words):
    message = refusal(text)
    assert message.startswith(f"study.yaml:{line}:")
    assert words in message


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n"])
def test_an_empty_file_says_so(text):
    message = refusal(text)
    assert "is empty" in message or "mapping of keys" in message


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
)


@pytest.mark.parametrize(
    "text, words",
    [
        ("a: " + "[" * 100_000, "nested more than 50 levels"),
        ("a: " + "{b: " * 5_000, "nested more than 50 levels"),
        ("a: " + "[" * 60 + "]" * 60, "nested more than 50 levels"),
        (BOMB, "aliases stand for over"),
        ("a: &a [*a]", "an alias holds itself"),
        ("a: &a {<<: *a}", "an alias holds itself"),
    ],
    ids=["lists", "mappings", "closed", "bomb", "recursive", "recursive merge"],
)
def test_nesting_and_alias_bombs_are_refused_within_a_second(text, words):
    began = time.perf_counter()
    message = refusal(text)
    assert time.perf_counter() - began < 1
    assert words in message


def test_read_says_what_is_wrong_with_the_file_itself(tmp_path):
    def refused(path) -> str:
        with pytest.raises(StudyFileError) as caught:
            yaml_file.read(path)
        return str(caught.value)

    latin = tmp_path / "latin.yaml"
    latin.write_bytes("a: 1\nname: café\n".encode("latin-1"))
    huge = tmp_path / "huge.yaml"
    huge.write_bytes(b"#" * (yaml_file.MAX_BYTES + 1))
    assert "no such file" in refused(tmp_path / "absent.yaml")
    assert "is a folder" in refused(tmp_path)
    assert refused(latin).startswith(f"{latin}:2: byte 0xe9 is not UTF-8")
    assert "larger than 1000 kB" in refused(huge)
    assert "cannot be read" in refused("nul\0.yaml")


def test_a_byte_order_mark_is_not_part_of_the_first_key(tmp_path):
    path = tmp_path / "bom.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert yaml_file.read(path).data == {"a": 1}


def test_replaced_makes_what_is_missing_and_forgets_old_lines():
    document = yaml_file.parse("a: {b: [1, 2]}\n")
    new = document.replaced(("a", "b"), [3], 0).replaced(("c", "d"), 4, 7)
    assert new.data == {"a": {"b": [3]}, "c": {"d": 4}}
    assert new.line_of(("a", "b", 0)) == 0
    assert new.line_of(("c", "d")) == 7
    assert document.data == {"a": {"b": [1, 2]}}, "the original is untouched"
    with pytest.raises(KeyError):
        document.replaced(("a", "b", "c"), 1, 0)


def test_scalar_reads_the_value_of_an_assignment():
    assert yaml_file.scalar("[0, 1e-3]") == [0, 1e-3]
    assert yaml_file.scalar("{a: no}") == {"a": "no"}
    assert yaml_file.scalar("") is None
    for text in ("[1", ".inf", "{a: 1, a: 2}"):
        with pytest.raises(StudyFileError):
            yaml_file.scalar(text)


@pytest.mark.parametrize(
    "value",
    ["1e-4", "no", "on", "~", "0o7", "1_000", ".inf", "", "a: b", "${args}", "- x", "2024-01-01"],
)
def test_dumped_text_is_read_as_the_same_text_here_and_by_pyyaml(value):
    data = {"key": value, "list": [value, 1e-5, 3, True, None]}
    text = yaml_file.dump(data)
    assert yaml_file.parse(text).data == data
    assert yaml.safe_load(text) == data
