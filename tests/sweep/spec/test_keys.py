"""The keys of a study file as keyword arguments are those that a study file has."""

from sweep.spec.keys import StudyKeys
from sweep.spec.schema import StudyFile


def test_they_are_those_of_a_study_file():
    fields = StudyFile.model_fields.items()
    read = {field.alias or name for name, field in fields}
    assert set(StudyKeys.__annotations__) == read


def test_none_has_to_be_given():
    assert StudyKeys.__required_keys__ == frozenset()
