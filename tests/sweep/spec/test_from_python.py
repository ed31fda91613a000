"""Python values as a study file's document: what they mean there, and nothing in between."""

from enum import Enum
from pathlib import Path, PurePosixPath

import numpy as np
import pytest

from sweep import errors
from sweep.spec.from_python import anchored, document


class Colour(Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ((1, 2), [1, 2]),
        (range(3), [0, 1, 2]),
        (np.float64(0.5), 0.5),
        (np.array([1, 2]), [1, 2]),
        (PurePosixPath("a/b"), "a/b"),
        (Colour.RED, "red"),
        ("1e-4", "1e-4"),
        ("no", "no"),
        (1e-5, 1e-5),
        (None, None),
        ({0.2: 0.6}, {"0.2": 0.6}),
    ],
)
def test_python_values_mean_the_same_as_in_a_study_file(value, read):
    found = document({"a": value})
    assert found.data == {"a": read}
    assert type(found.data["a"]) is type(read)
    assert found.line_of(("a",)) == 0


@pytest.mark.parametrize("value", [{1}, object(), {"b": {(1, 2): 3}}])
def test_other_python_objects_are_refused_with_their_key(value):
    with pytest.raises(errors.StudyFileError, match=r"sweep\.run: a"):
        document({"a": value})


def test_a_number_that_is_not_finite_is_a_violation():
    assert document({"a": float("inf")}).violations[0].line == 0


def test_files_are_found_from_where_they_were_named(tmp_path):
    (tmp_path / "train.py").touch()
    trainer = anchored({"trainer": "own.py:train"}, tmp_path)["trainer"]
    assert trainer == f"{tmp_path}/own.py:train"
    words = anchored({"command": "python train.py ${args}"}, tmp_path)["command"]
    assert words == ["python", f"{tmp_path}/train.py", "${args}"]
    command = {"run": "python ${program}", "program": "train.py"}
    assert anchored({"command": command}, tmp_path)["command"] == {
        "run": "python ${program}",
        "program": str(tmp_path / "train.py"),
    }
    assert anchored({"trainer": "clip"}, Path())["trainer"] == "clip"
