"""Studies given as Python values: the keys of a study file, refused with the path of a key."""

from pathlib import Path

import numpy as np
import pytest

import sweep
from sweep import errors, yaml_file
from sweep.spec.keys import StudyKeys
from sweep.spec.schema import StudyFile
from tests.sweep import small

KEYS = {
    "metric": {"name": "val/f1", "goal": "maximize"},
    "parameters": {"epochs": 2, "rate": {"values": (0.1, np.float64(0.2))}},
    "search": {"method": "grid"},
}


def made(factor=1.0):
    def train(config, run):
        for epoch in range(run.restore(), config["epochs"]):
            if run.report(epoch, {"val/f1": factor * config["rate"] * (epoch + 1)}):
                break

    return train


def run(trainer, **keys):
    return sweep.run(trainer=trainer, engine="serial", **(KEYS | keys))


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_keywords_are_the_keys_of_a_study_file():
    assert set(StudyKeys.__annotations__) == set(StudyFile.model_fields)


def test_a_function_is_trained(here):
    study = run(made())
    assert study.folder == Path("results/train")
    assert list(study.trials()["state"]) == ["complete", "complete"]
    assert study.best().value == pytest.approx(0.4)


def test_a_mapping_is_the_same_as_keywords():
    assert sweep.run(
        KEYS | {"trainer": made()}, engine="serial"
    ).best().value == pytest.approx(0.4)


def test_the_study_has_a_file_that_asks_for_the_same(here):
    study = run(made())
    written = yaml_file.read(study.folder / "study.yaml").data
    assert written["trainer"] == "trainer/train.pkl:train"
    assert written["parameters"]["rate"] == {"values": [0.1, 0.2]}


def test_progress_is_printed(capsys):
    run(made())
    assert "search 2/2: 0 running, 2 done" in capsys.readouterr().out


def test_a_mistake_names_the_path_of_its_key():
    with pytest.raises(errors.StudyFileError) as refused:
        run(made(), search={"method": "grid", "trails": 3}, metric={"name": "val/f1"})
    assert "sweep.run: search.trails: is not a key of search" in str(refused.value)
    assert "sweep.run: metric.goal: metric has no `goal`" in str(refused.value)
    assert not Path("results").exists()


def test_a_keyword_that_is_no_key_is_refused():
    with pytest.raises(errors.StudyFileError, match="did you mean 'search'"):
        sweep.run(trainer=made(), serach={"method": "grid"}, **KEYS)


@pytest.mark.parametrize("value", [{1, 2}, object(), float("nan")])
def test_a_value_that_no_file_could_hold_is_refused(value):
    with pytest.raises(errors.StudyFileError, match=r"parameters\.rate"):
        run(made(), parameters={"epochs": 2, "rate": value})


def test_what_is_no_trainer_is_refused():
    with pytest.raises(errors.TrainerNotFound, match=r"train\(config, run\)"):
        run(lambda config: None)
    with pytest.raises(errors.StudyFileError, match="trainer"):
        run(3)


def test_another_function_is_refused_with_the_difference():
    run(made(1.0))
    with pytest.raises(
        errors.StudyChanged, match=r"(?s)-factor = 1\.0.*\+factor = 2\.0"
    ):
        run(made(2.0), go_on=True)
    with pytest.raises(errors.StudyExists, match=r"\+factor = 2\.0"):
        run(made(2.0))


def test_more_seeds_are_taken_in():
    ablation = {
        "baseline": {"rate": 0.1},
        "seeds": [0, 1],
        "designs": {"arms": {"b": {"rate": 0.2}}},
    }
    run(made(), ablation=ablation)
    more = run(made(), ablation=ablation | {"seeds": range(3)}, extend=True)
    assert len(more.trials()) == 2 + 6


def test_a_file_of_a_trainer_is_found_from_where_it_was_named(here):
    (here / "own.py").write_text(small.TRAINER, encoding="utf-8")
    parameters = {"epochs": 2, "learning_rate": {"values": [0.1, 0.2]}}
    assert (
        run("own.py:train", parameters=parameters).best().config["learning_rate"] == 0.2
    )


def test_a_study_is_given_in_one_way():
    with pytest.raises(errors.UsageError, match="needs a study file"):
        sweep.run()
    with pytest.raises(errors.UsageError, match="keys as well"):
        sweep.run("focal.yaml", **KEYS)
