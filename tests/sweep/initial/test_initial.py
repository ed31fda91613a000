"""`sweep init`: what it writes is sound as it stands, says what it found, and never
takes the place of a file."""

from pathlib import Path

import pytest

import sweep_trainers
from sweep import errors, spec, yaml_file
from sweep.initial import write
from sweep.session import plan

SPACES = Path(__file__).parents[3] / "search_spaces"

OWN = """
CONFIG = {"epochs": 7, "lr": 0.02, "batch": 16}

def build(config):
    return config["depth"], config.get("dropout", 0.3), config.get("norm", False)

def train(config, run):
    build(config)
    config["written"] = 1
    for epoch in range(run.restore(), config["epochs"]):
        config["lr"], config["batch"]
        if run.report(epoch, {"test/f1": 0.1, "val/f1": 0.1, "train/loss": 0.2}):
            break
"""
SCRIPT = """
import argparse
import wandb
raise SystemExit("it is read, and not run")
parser = argparse.ArgumentParser()
parser.add_argument("data")
parser.add_argument("-e", "--epochs", type=int, default=30, help="passes: all of them")
parser.add_argument("--learning-rate", type=float, default=3e-4)
parser.add_argument("--optimizer", choices=["sgd", "adam"], default="adam")
parser.add_argument("--amp", action=argparse.BooleanOptionalAction)
parser.add_argument("--seed", type=int)
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def filled_in(path):
    """The file as whoever asked for it leaves it: what was marked is set."""
    path.write_text(
        path.read_text(encoding="utf-8").replace("CHANGE", "set"), encoding="utf-8"
    )
    return path


@pytest.mark.parametrize(
    "trainer",
    [
        *sweep_trainers.BUNDLED,
        SPACES / "own_sweep.py:train",
        SPACES / "script_example.py",
    ],
)
@pytest.mark.parametrize("profile", [None, "quick"])
def test_what_it_writes_is_sound_and_plans_as_it_stands(trainer, profile):
    path = filled_in(write(str(trainer)))
    loaded = spec.load(path, profile=profile, import_trainer=True)
    planned = plan.plan(loaded)
    assert planned.search_trials > 0
    assert len(planned.arms) > 1


def test_every_setting_of_a_bundled_trainer_is_there_with_its_meaning(here):
    from sweep_trainers.settings.clip import ClipSettings

    text = write("clip").read_text(encoding="utf-8")
    for name, field in ClipSettings.model_fields.items():
        assert f"{name}:" in text
        assert name == "learning_rate" or field.description in text


def test_a_function_is_read_for_its_keys_defaults_and_metrics(here):
    (here / "mine.py").write_text(OWN, encoding="utf-8")
    path = write("mine.py:train")
    assert path == Path("mine.yaml")
    found = yaml_file.read(path).data
    assert found["metric"] == {"name": "val/f1", "goal": "maximize"}
    assert found["report"] == {"metrics": ["test/f1"]}
    assert set(found["parameters"]) == {
        "epochs",
        "lr",
        "batch",
        "depth",
        "dropout",
        "norm",
    }
    assert found["parameters"]["epochs"] == 7
    assert found["parameters"]["lr"]["min"] == pytest.approx(0.002)
    assert "depth: 1" in path.read_text()
    assert "CHANGE" in next(
        line for line in path.read_text().splitlines() if "depth" in line
    )
    assert spec.load(filled_in(path), import_trainer=True).slug == "mine"


def test_a_script_is_read_for_its_flags_and_not_run(here):
    (here / "train.py").write_text(SCRIPT, encoding="utf-8")
    found = yaml_file.read(write("train.py")).data
    assert found["command"]["run"] == [
        "python",
        "train.py",
        "${args}",
        "--seed",
        "${seed}",
    ]
    assert found["command"]["flags"] == {"hyphens": True, "booleans": "negatable"}
    assert found["command"]["metrics"] == {"wandb": True}
    assert set(found["parameters"]) == {"epochs", "learning_rate", "optimizer", "amp"}
    assert found["parameters"]["optimizer"] == {"values": ["adam", "sgd"]}
    assert spec.load(filled_in(Path("train.yaml"))).command is not None


def test_a_trainer_that_says_nothing_gets_a_file_to_fill_in(here):
    (here / "silent.py").write_text("def train(config, run): pass", encoding="utf-8")
    path = write("silent.py:train")
    assert path.read_text(encoding="utf-8").count("CHANGE") == 2
    with pytest.raises(errors.StudyFileError, match="is still to be set"):
        spec.load(path)
    assert spec.load(filled_in(path), import_trainer=True).search is None


def test_paths_are_relative_to_the_study_file(here):
    (here / "code").mkdir()
    (here / "studies").mkdir()
    (here / "code" / "mine.py").write_text(OWN, encoding="utf-8")
    path = write("code/mine.py:train", Path("studies/first.yaml"))
    assert yaml_file.read(path).data["trainer"] == "../code/mine.py:train"
    assert spec.load(filled_in(path), import_trainer=True)


def test_a_file_that_is_there_stays_as_it_is(here):
    (here / "clip.yaml").write_text("mine", encoding="utf-8")
    with pytest.raises(errors.UsageError, match=r"clip\.yaml exists already"):
        write("clip")
    assert (here / "clip.yaml").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    "name", ["clpi", "nowhere.py", "nowhere.py:train", "no.module:train"]
)
def test_a_trainer_that_is_not_there_leaves_no_file(here, name):
    with pytest.raises(errors.TrainerNotFound):
        write(name)
    assert list(here.iterdir()) == []
