"""Files of other tools: each registered format is a sound study file once what it lacks
is given."""

import pytest

from sweep import spec
from sweep.model.domains import Choice, Uniform
from sweep.spec.foreign import FORMATS
from tests.sweep.spec.foreign.files import GIVEN, HYDRA, NNI

CASES = {"hydra": ("config.yaml", HYDRA), "nni": ("search_space.json", NNI)}


def test_every_format_has_a_case():
    assert CASES.keys() == FORMATS.keys()


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_a_study_with_the_same_domains(lay_out, name):
    study = spec.load(lay_out(*CASES[name]), overrides=GIVEN)
    assert study.parameters["lr"].domain == Uniform(1e-5, 1e-2, log=True)
    assert study.parameters["depth"].domain == Choice((2, 4))
