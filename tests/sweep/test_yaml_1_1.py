"""A file for a YAML 1.1 reader means what that reader takes it for, and where it
differs is said."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sweep import yaml_1_1, yaml_file
from sweep.errors import StudyFileError


@pytest.fixture
def read(tmp_path):
    def of(text):
        (tmp_path / "w.yaml").write_text(text, encoding="utf-8")
        return yaml_1_1.read(tmp_path / "w.yaml")

    return of


@pytest.mark.parametrize(
    "text", ["yes", "Off", "010", "1_00", "0b11", "1:30", "0x1F", "3", "word"]
)
def test_a_plain_scalar_is_what_pyyaml_takes_it_for(read, text):
    found = read(f"key: {text}\n").data
    expected = yaml.safe_load(f"key: {text}\n")
    assert found == expected
    assert type(found["key"]) is type(expected["key"])


@pytest.mark.parametrize(
    "text, words",
    [
        ("yes", "yes means true, as in YAML 1.1"),
        ("010", "010 means 8, as in YAML 1.1"),
        ("3", None),
        ("'yes'", None),
    ],
)
def test_a_difference_between_the_versions_is_said_and_nothing_else(read, text, words):
    remarks = read(f"a: 1\nkey: {text}\n").remarks
    assert remarks == (() if words is None else ((("key",), words),))


def test_quoted_text_stays_text(read):
    assert read("a: 'yes'\nb: \"010\"\n").data == {"a": "yes", "b": "010"}


@pytest.mark.parametrize(
    "text, value", [("1e-4", 1e-4), ("1E5", 1e5), ("!!float 1e-5", 1e-5)]
)
def test_a_number_with_an_exponent_and_no_dot_stays_a_number(read, text, value):
    document = read(f"lr: {text}\n")
    assert document.data["lr"] == value
    assert document.remarks == ()


def test_a_date_stays_text(read):
    assert read("day: 2024-01-31\n").data == {"day": "2024-01-31"}


def test_of_a_key_that_appears_twice_the_last_counts(read):
    document = read("a: 1\nb: 2\na: 3\n")
    assert document.data == {"a": 3, "b": 2}
    assert document.violations == ()
    assert document.remarks == (
        (("a",), "appears twice, in lines 1 and 3; the last counts"),
    )
    assert document.line_of(("a",)) == 3


@pytest.mark.parametrize("text", [".inf", ".nan", "1e999"])
def test_a_number_that_is_not_finite_is_a_violation_here_too(read, text):
    (violation,) = read(f"a: {text}\n").violations
    assert "64-bit" in violation.problem


def test_a_file_that_cannot_be_read_is_refused_as_one_of_the_newer_version(tmp_path):
    for reader in (yaml_1_1, yaml_file):
        with pytest.raises(StudyFileError, match="no such file"):
            reader.read(tmp_path / "absent.yaml")


@given(
    st.dictionaries(
        st.text("abc", min_size=1),
        st.integers(-(2**63), 2**63 - 1)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.booleans()
        | st.text(
            "noyf018.:_-", max_size=6
        ),  # no exponent: the one difference that is meant
        min_size=1,
    )
)
def test_what_pyyaml_wrote_is_read_as_pyyaml_reads_it(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("written") / "w.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    found = yaml_1_1.read(path).data
    assert found == yaml.safe_load(path.read_text(encoding="utf-8"))
