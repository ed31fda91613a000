"""What programs write, read while they write it."""

import json
import os

import pytest

from sweep.command.sources import Csv, Json, JsonLines, Output, numbers
from sweep.errors import TrialError


@pytest.fixture
def say(tmp_path):
    """`say(text)`: append to the file `log`."""

    def say(text):
        with (tmp_path / "log").open("a", encoding="utf-8", newline="") as file:
            file.write(text)

    return say


def test_json_lines_are_read_as_they_come_and_a_torn_one_waits(tmp_path, say):
    source = JsonLines(tmp_path, "log")
    assert source.read(False) == [], "the file is not there yet"
    say('{"epoch": 0, "f1": 0.5}\n{"epoch": 1, "f')
    assert source.read(False) == [{"epoch": 0.0, "f1": 0.5}]
    say('1": 0.6}\n')
    assert source.read(False) == [{"epoch": 1.0, "f1": 0.6}]
    say('{"f1": 0.7}')
    assert source.read(False) == []
    assert source.read(True) == [{"f1": 0.7}], (
        "the program is gone: what is there is all"
    )


def test_a_file_that_was_written_anew_is_read_from_its_beginning(tmp_path, say):
    source = JsonLines(tmp_path, "log")
    say('{"f1": 0.5}\n{"f1": 0.6}\n')
    assert len(source.read(False)) == 2
    (tmp_path / "log").write_text('{"f1": 0.9}\n')
    assert source.read(False) == [{"f1": 0.9}]


@pytest.mark.parametrize("line", ["loss 0.5", "[1, 2]", "{'f1': 0.5}"])
def test_a_line_that_is_no_object_names_itself(tmp_path, say, line):
    say(f'{{"f1": 1}}\n{line}\n')
    with pytest.raises(TrialError, match=r"log, line 2: .* is not a JSON object"):
        JsonLines(tmp_path, "log").read(False)


def test_csv_by_its_header_with_empty_cells_left_out(tmp_path, say):
    source = Csv(tmp_path, "log")
    say("epoch,train_loss, val/f1\n0,0.5,\n0,,0.8\n")
    assert source.read(False) == [
        {"epoch": 0.0, "train_loss": 0.5},
        {"epoch": 0.0, "val/f1": 0.8},
    ]
    say("epoch,train_loss, val/f1\n1,nan,0.9\r\n")
    (row,) = source.read(False)
    assert row["train_loss"] != row["train_loss"], (
        "a NaN is said, so that the trial fails of it"
    )
    assert row["val/f1"] == 0.9


def test_the_newest_file_that_matches(tmp_path):
    for version in (0, 1):
        folder = tmp_path / f"lightning_logs/version_{version}"
        folder.mkdir(parents=True)
        (folder / "metrics.csv").write_text(f"epoch,f1\n0,{version}\n")
        os.utime(folder / "metrics.csv", (version, version))
    assert Csv(tmp_path, "lightning_logs/*/metrics.csv").read(False) == [
        {"epoch": 0.0, "f1": 1.0}
    ]


def test_a_json_file_that_is_rewritten(tmp_path):
    path, source = tmp_path / "log", Json(tmp_path, "log")
    path.write_text(json.dumps({"epoch": 0, "val": {"f1": 0.5}}))
    assert source.read(False) == [{"epoch": 0.0, "val/f1": 0.5}]
    assert source.read(False) == []
    path.write_text('{"epoch": 1, "val"')
    assert source.read(False) == [], "it is being written"
    with pytest.raises(TrialError, match="is not JSON"):
        source.read(True)


@pytest.mark.parametrize(
    "first, second",
    [
        ([{"f1": 0.5}], [{"f1": 0.5}, {"f1": 0.6}]),
        (
            {"f1": [0.5], "loss": [1]},
            {"f1": [0.5, 0.6], "loss": [1, 2]},
        ),  # Keras's history
    ],
)
def test_a_json_list_or_columns_that_grow(tmp_path, first, second):
    path, source = tmp_path / "log", Json(tmp_path, "log")
    path.write_text(json.dumps(first))
    assert [row["f1"] for row in source.read(False)] == [0.5]
    path.write_text(json.dumps(second))
    assert [row["f1"] for row in source.read(False)] == [0.6]


def test_patterns_on_the_output_from_where_the_attempt_began(tmp_path, say):
    say("Epoch 1 F1 0.1\n")
    began = (tmp_path / "log").stat().st_size
    source = Output(
        tmp_path / "log",
        began,
        {"epoch": r"Epoch (\d+)", "f1": r"F1[:=]? ?([-+.\deE]+|nan)"},
    )
    say("Epoch 1\rstep 3/9\rloss 4\nF1: 0.8 \n\x1b[1mEpoch 2\x1b[0m F1=nan\n")
    first, second, third = source.read(False)
    assert (first, second) == ({"epoch": 1.0}, {"f1": 0.8})
    assert third["epoch"] == 2
    assert third["f1"] != third["f1"]


def test_numbers_are_joined_with_slashes_and_the_rest_is_left_out():
    said = {
        "val": {"f1": "0.8", "per": {"a": 1}},
        "name": "run",
        "ok": True,
        "path": None,
        "list": [1],
    }
    assert numbers(said) == {"val/f1": 0.8, "val/per/a": 1.0, "ok": 1.0}
