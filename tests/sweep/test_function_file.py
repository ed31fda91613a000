"""A function in a study's folder: loaded as it was, refused when its file is another."""

import hashlib
import threading

import orjson
import pytest

from sweep import errors, trainer
from sweep.function_file import FOLDER, files, load, pack
from sweep.provenance.source_files import run_files, source_files


def made(value):
    def train(config, run):
        return value

    return train


@pytest.fixture
def pickled(tmp_path):
    pack(made(5)).write(tmp_path)
    return tmp_path / FOLDER / "train.pkl"


def test_the_function_comes_back(pickled):
    assert load(pickled)({}, None) == 5


def test_a_study_file_names_it(pickled, tmp_path):
    ref = trainer.resolve(pack(made(5)).reference, tmp_path)
    assert ref.kind == "function"
    assert trainer.load(ref)({}, None) == 5
    assert source_files(ref) == [pickled.with_suffix(".py")]
    assert set(run_files(ref)) == set(files(pickled))


def test_a_pickle_that_is_another_is_not_loaded(pickled):
    pickled.write_bytes(pack(made(6)).pickle)
    with pytest.raises(
        errors.TrainerNotFound, match="is not the file that was written"
    ):
        load(pickled)


def test_a_pickle_that_is_gone_is_named(pickled):
    pickled.unlink()
    with pytest.raises(errors.TrainerNotFound, match=r"train\.pkl"):
        load(pickled)


def test_another_python_is_named_where_it_cannot_be_loaded(pickled):
    facts = orjson.loads(pickled.with_suffix(".json").read_bytes())
    pickled.write_bytes(b"no pickle")
    facts |= {"python": "3.2.1", "sha256": hashlib.sha256(b"no pickle").hexdigest()}
    pickled.with_suffix(".json").write_bytes(orjson.dumps(facts))
    with pytest.raises(errors.TrainerNotFound, match=r"written by Python 3\.2\.1"):
        load(pickled)


def test_changes_are_shown_line_by_line(pickled, tmp_path):
    assert not pack(made(5)).changes(tmp_path)
    assert {"-value = 5", "+value = 6"} <= set(pack(made(6)).changes(tmp_path))


def test_what_cannot_be_sent_is_refused():
    with pytest.raises(errors.TrainerNotFound, match="create it inside the function"):
        pack(made(threading.Lock()))
