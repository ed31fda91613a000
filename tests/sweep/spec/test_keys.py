"""The keys of a study file as keyword arguments are those that a study file has."""

from sweep.spec.keys import StudyKeys
from sweep.spec.schema import StudyFile


def test_the_typed_keys_are_those_of_a_study_file():
    fields = StudyFile.model_fields.items()
    read = {field.alias or name for name, field in fields}
    assert set(StudyKeys.__annotations__) == read


def test_every_typed_key_is_optional():
    assert StudyKeys.__required_keys__ == frozenset()
