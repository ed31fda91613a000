"""The study file's document in the making: values with their lines, and what is said of them."""

import pytest

from sweep import yaml_file
from sweep.spec.wandb.draft import Draft

SOURCE = """\
method: grid
parameters:
  lr:
    values: [0.1, 0.2]
run_cap: 5
"""


@pytest.fixture
def draft(tmp_path):
    (tmp_path / "sweep.yaml").write_text(SOURCE)
    return Draft(yaml_file.read(tmp_path / "sweep.yaml"), tmp_path)


def test_a_value_is_put_at_its_place_with_the_lines_it_had(draft):
    draft.put(("search", "trials"), 5, ("run_cap",))
    assert draft.data == {"search": {"trials": 5}}
    assert draft.lines["search", "trials"] == 5


def test_nested_values_keep_their_lines(draft):
    draft.copy("parameters")
    assert draft.data == {"parameters": {"lr": {"values": [0.1, 0.2]}}}
    assert draft.lines["parameters", "lr", "values"] == 4


def test_a_missing_key_is_not_copied(draft):
    draft.copy("name")
    assert draft.data == {}


def test_a_note_and_a_violation_name_line_and_key(draft):
    draft.note(("run_cap",), "means something else")
    draft.add_violation(("parameters", "lr"), "is wrong", "a number")
    assert draft.notes[0].endswith("sweep.yaml:5: run_cap: means something else")
    (violation,) = draft.violations
    assert (violation.line, violation.key) == (3, "parameters.lr")
    assert (violation.problem, violation.allowed) == ("is wrong", "a number")


def test_the_folder_beside_the_file_is_absolute(draft, tmp_path):
    assert draft.beside == tmp_path.resolve()
