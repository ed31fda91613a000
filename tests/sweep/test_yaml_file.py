"""What cannot be read is refused with its line, no file is slow to refuse, and what is
written is read."""

import time

import pytest
import yaml

from sweep import yaml_file
from sweep.errors import StudyFileError


def refusal(text: str) -> str:
    with pytest.raises(StudyFileError) as caught:
        yaml_file.parse(text, "study.yaml")
    return str(caught.value)


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
        (BOMB, "aliases expand to over"),
        ("a: &a [*a]", "an alias contains itself"),
        ("a: &a {<<: *a}", "an alias contains itself"),
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


def test_scalar_reads_the_value_of_an_assignment():
    assert yaml_file.scalar("[0, 1e-3]") == [0, 1e-3]
    assert yaml_file.scalar("{a: no}") == {"a": "no"}
    assert yaml_file.scalar("") is None
    for text in ("[1", ".inf", "{a: 1, a: 2}"):
        with pytest.raises(StudyFileError):
            yaml_file.scalar(text)


@pytest.mark.parametrize(
    "value",
    [
        "1e-4",
        "no",
        "on",
        "~",
        "0o7",
        "1_000",
        ".inf",
        "",
        "a: b",
        "${args}",
        "- x",
        "2024-01-01",
    ],
)
def test_dumped_text_is_read_as_the_same_text_here_and_by_pyyaml(value):
    data = {"key": value, "list": [value, 1e-5, 3, True, None]}
    text = yaml_file.dump(data)
    assert yaml_file.parse(text).data == data
    assert yaml.safe_load(text) == data
