"""One trial in this process, from a study file or a trial's config.json."""

import orjson
import pytest

from sweep.commands import alone
from sweep.errors import UsageError


@pytest.fixture
def said(study_file):
    """`said(path, …)`: the lines of a trial that is trained alone."""

    def train(path, **options):
        lines = []
        alone.train(path, **{"overrides": {}} | options, say=lines.append)
        return lines

    return train


def test_each_epoch_is_printed_with_scores_before_losses(said, study_file):
    lines = said(study_file)
    assert len(lines) == 1 + 4
    epoch = lines[1]
    assert epoch.startswith("epoch   1")
    assert (
        epoch.index("test/score") < epoch.index("val/score") < epoch.index("train/loss")
    )


def test_a_parameter_without_a_baseline_value_gets_the_middle_of_its_domain(
    said, study_file
):
    text = study_file.read_text(encoding="utf-8")
    study_file.write_text(
        text.replace("baseline: {strength: 0.2}", "baseline: {}"), "utf-8"
    )
    assert "strength=0.5" in said(study_file)[0]


def test_a_trials_file_gives_exactly_that_trial(said, study_file):
    path = study_file.with_name("config.json")
    trial = {
        "trainer": "trainer.py:train", "base": str(study_file.parent), "fold": None, "folds": None,
        "config": {"epochs": 2, "strength": 0.7}, "seed": 5, "metric": "val/score",
        "goal": "maximize",
    }  # fmt: skip
    path.write_bytes(orjson.dumps(trial))
    first, *epochs = said(path)
    assert "seed 5" in first
    assert len(epochs) == 2
    assert "seed 6" in said(path, seed=6)[0]
    assert len(said(path, overrides={"epochs": 3})) == 1 + 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "cannot be read"),
        ("[]", "is not a trial's config.json"),
        ('{"seed": 1}', "it lacks"),
    ],
)
def test_a_file_that_is_no_configuration_is_refused_with_the_reason(
    said, study_file, content, message
):
    path = study_file.with_name("config.json")
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        said(path)


def test_files_are_kept_only_if_a_folder_is_given(said, study_file, tmp_path):
    said(study_file)
    assert not list(tmp_path.glob("**/history.jsonl"))
    said(study_file, folder=tmp_path / "kept")
    assert (tmp_path / "kept" / "history.jsonl").is_file()
