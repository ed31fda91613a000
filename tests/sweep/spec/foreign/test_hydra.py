"""A Hydra configuration with a sweeper runs as it is, or says what it cannot mean."""

import pytest

from sweep import spec
from sweep.errors import StudyFileError
from tests.sweep.spec.foreign.files import HYDRA


def test_hydra_is_run_as_it_is_and_says_what_to_print(lay_out):
    study = spec.load(lay_out("config.yaml", HYDRA))
    assert study.command.run[-2:] == ("${args_no_hyphens}", "hydra.run.dir=${folder}/hydra")
    assert (study.command.program, study.search.trials) == ("main.py", 12)
    assert any("print" in note for note in study.notes)


def test_a_glob_is_refused_with_the_reason_and_its_line(lay_out):
    with pytest.raises(StudyFileError) as caught:
        spec.load(lay_out("config.yaml", HYDRA.replace("choice(2, 4)", "glob(*)")))
    (violation,) = [v for v in caught.value.violations if "glob" in v.problem]
    assert (violation.line, violation.key) == (10, "hydra.sweeper.params.depth")
