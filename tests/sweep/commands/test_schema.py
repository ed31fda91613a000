"""`sweep schema`: a JSON schema that an editor can use, and nothing else."""

import json

import jsonschema

from sweep import yaml_file
from tests.sweep.commands.conftest import STUDY
from tests.sweep.commands.invoking import sweep


def test_the_printed_schema_accepts_only_valid_studies():
    code, printed = sweep("schema")
    assert code == 0
    schema = json.loads(printed)
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    assert validator(schema).is_valid(yaml_file.parse(STUDY).data)
    broken = STUDY.replace("goal: maximize", "goal: upwards")
    assert not validator(schema).is_valid(yaml_file.parse(broken).data)
