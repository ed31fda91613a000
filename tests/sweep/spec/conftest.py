"""A study file of a test: written beside a trainer that does nothing, and loaded."""

import pytest

from sweep import spec
from sweep.errors import StudyFileError


@pytest.fixture
def loaded(tmp_path):
    """`loaded(text)`: the study of a file that says this."""

    def loaded(text):
        (tmp_path / "trainer.py").write_text("def train(config, run): ...\n")
        (tmp_path / "study.yaml").write_text(text)
        return spec.load(tmp_path / "study.yaml")

    return loaded


@pytest.fixture
def violations():
    """`violations(load, …)`: what `load(…)` is refused with."""

    def violations(load, *arguments, **named):
        with pytest.raises(StudyFileError) as caught:
            load(*arguments, **named)
        return caught.value.violations

    return violations
