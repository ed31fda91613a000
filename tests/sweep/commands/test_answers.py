"""What `--json` prints: by its schema, which only ever gains keys."""

import json
from pathlib import Path

import jsonschema
import pytest

from sweep.commands.answers import ANSWERS
from tests.sweep.commands.conftest import STUDY
from tests.sweep.commands.invoking import sweep

SCHEMAS = Path(__file__).parent / "answers.json"

CALLS = {
    "check": ["check", "tiny.yaml"],
    "plan": ["plan", "tiny.yaml", "--no-probe"],
    "status": ["status"],
    "report": ["report", "tiny", "--no-figures"],
    "show": ["show", "tiny", "0"],
    "verify": ["verify", "tiny"],
}


def schemas():
    return {name: model.model_json_schema() for name, model in ANSWERS.items()}


def test_the_schemas_of_json_answers_equal_the_stored_ones():
    """After a key was added: `python -m tests.sweep.commands.test_answers` writes them again."""
    assert schemas() == json.loads(SCHEMAS.read_text(encoding="utf-8"))


@pytest.mark.parametrize("command", CALLS)
def test_an_answer_matches_its_schema_and_nothing_else_is_printed(finished, command):
    code, printed = sweep(*CALLS[command], "--json")
    assert code == 0, printed
    answer = json.loads(printed)
    jsonschema.validate(answer, schemas()[command])
    assert json.loads(sweep("schema", command)[1]) == schemas()[command]


def test_mistakes_in_a_study_file_are_printed_as_json(study_file):
    study_file.write_text(STUDY.replace("goal: maximize", "goal: up"), encoding="utf-8")
    code, printed = sweep("check", "tiny.yaml", "--json")
    answer = json.loads(printed)
    assert (code, answer["sound"]) == (2, False)
    assert answer["problems"][0]["key"] == "metric.goal"
    assert answer["problems"][0]["line"] == 4


if __name__ == "__main__":
    text = json.dumps(schemas(), indent=1, ensure_ascii=False)
    SCHEMAS.write_text(f"{text}\n", encoding="utf-8")
