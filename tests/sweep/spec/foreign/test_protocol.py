"""Each registered format recognises its own files, and neither a study file nor another tool's."""

import pytest

from sweep import yaml_file
from sweep.spec.foreign import FORMATS, format_of
from tests.sweep.spec.foreign.files import HYDRA, NNI

FILES = {"hydra": HYDRA, "nni": NNI}
OTHERS = [
    "trainer: own.py:train\nmetric: {name: m, goal: maximize}\nparameters: {epochs: 3}\n",
    "program: train.py\nmethod: grid\nparameters: {lr: {values: [0.1]}}\n",
    "lr: 0.1\n",
]


@pytest.fixture
def document(tmp_path):
    """`document(text)`: a file that says this."""

    def read(text):
        (tmp_path / "file.yaml").write_text(text)
        return yaml_file.read(tmp_path / "file.yaml")

    return read


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_recognises_only_its_own_files(document, name):
    recognising = [
        other
        for other, foreign in FORMATS.items()
        if foreign.recognises(document(FILES[name]))
    ]
    assert recognising == [name]
    assert format_of(document(FILES[name])) is FORMATS[name]


@pytest.mark.parametrize("text", OTHERS)
def test_no_format_recognises_a_study_file(document, text):
    assert format_of(document(text)) is None


@pytest.mark.parametrize("foreign", FORMATS.values(), ids=FORMATS)
def test_a_format_has_a_name_for_messages(foreign):
    assert foreign.text.startswith(("a ", "an "))
