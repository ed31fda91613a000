"""A study file of a test: written beside a trainer that does nothing, and loaded."""

import pytest

from sweep import spec
from sweep.errors import StudyFileError
from tests.sweep.spec import toy as toys


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


@pytest.fixture
def toy(monkeypatch):
    """A bundled trainer with few settings, called toy."""
    toys.install(monkeypatch)


@pytest.fixture
def load(tmp_path):
    """Load a study file's text, written to `study.yaml`."""

    def load(text=toys.STUDY, **options):
        path = tmp_path / "study.yaml"
        path.write_text(text, encoding="utf-8")
        return spec.load(path, **options)

    return load


@pytest.fixture
def refused(load, violations):
    """The violations of a study file's text."""

    def refused(text=toys.STUDY, **options):
        return violations(load, text, **options)

    return refused
