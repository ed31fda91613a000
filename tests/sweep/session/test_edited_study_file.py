"""A study file that was edited after the run says something else than the log, and that is said."""

import shutil

import pytest

from sweep import study
from sweep.session.edited_study_file import edits

TRAINER = """
def train(config, run):
    for epoch in range(run.restore(), config["epochs"]):
        if run.report(epoch, {"val/f": config["x"] + epoch}):
            break
"""
STUDY = """
name: s
trainer: t.py:train
metric: {name: val/f, goal: maximize}
parameters: {epochs: 2, x: {values: [0.0, 1.0, 2.0]}}
search: {method: grid, trials: 1}
"""


@pytest.fixture
def project(tmp_path):
    """A project whose study has trained one trial."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "t.py").write_text(TRAINER)
    (folder / "s.yaml").write_text(STUDY)
    study.run(folder / "s.yaml", results=folder / "results", engine="serial")
    return folder


def said(project):
    loaded = study.load(project / "results/s")
    return edits(loaded.history, loaded.folder)


def edit(path, old, new):
    path.write_text(path.read_text().replace(old, new))


def test_an_unedited_study_file_is_not_mentioned(project):
    assert said(project) == []


def test_a_comment_is_no_difference(project):
    (project / "s.yaml").write_text(STUDY + "# a thought\n")
    assert said(project) == []


def test_an_edited_study_file_is_named_with_its_keys(project):
    edit(project / "s.yaml", "trials: 1", "trials: 3")
    (line,) = said(project)
    assert line.startswith(f"{project / 's.yaml'} says something else than the log")
    assert "search.trials: 1 → 3." in line
    assert f"sweep resume {project / 'results/s'}" in line


def test_accepted_edits_are_not_mentioned_and_reverting_them_is(project):
    edit(project / "s.yaml", "trials: 1", "trials: 2")
    study.resume(project / "results/s", engine="serial", extend=True)
    assert said(project) == []
    edit(project / "s.yaml", "trials: 2", "trials: 1")
    (line,) = said(project)
    assert "search.trials: 2 → 1." in line


def test_an_edited_copy_is_named_together_with_the_file_to_edit_instead(project):
    edit(project / "results/s/study.yaml", "maximize", "minimize")
    (line,) = said(project)
    assert "metric.goal: 'maximize' → 'minimize'. It is a copy" in line
    assert f"Edit {project / 's.yaml'} instead" in line


def test_of_a_moved_project_its_own_file_is_read(project):
    there = project.rename(project.with_name("moved"))
    assert said(there) == []
    edit(there / "s.yaml", "trials: 1", "trials: 3")
    (line,) = said(there)
    assert line.startswith(str(there / "s.yaml"))


def test_a_deleted_study_file_is_no_difference(project):
    (project / "s.yaml").unlink()
    assert said(project) == []


def test_a_study_that_was_copied_without_its_study_file_mentions_none(
    project, tmp_path
):
    shutil.copytree(project / "results/s", tmp_path / "elsewhere/results/s")
    shutil.rmtree(project)
    assert said(tmp_path / "elsewhere") == []


def test_a_file_that_cannot_be_read_any_more_says_so(project):
    (project / "s.yaml").write_text("name: [")
    (line,) = said(project)
    assert "it cannot be read (" in line
    assert "is not YAML" in line


def test_many_edits_are_counted(project):
    extra = ", ".join(f"p{number}: 1" for number in range(9))
    edit(project / "s.yaml", "epochs: 2", f"epochs: 2, {extra}")
    (line,) = said(project)
    assert "parameters.p5: absent → 1; 3 more keys." in line


def test_no_code_of_the_study_is_run(project):
    edit(project / "s.yaml", "trials: 1", "trials: 3")
    (project / "t.py").write_text("raise SystemExit('this must not run')")
    assert len(said(project)) == 1


def test_a_study_of_values_is_compared_with_the_file_in_its_folder(tmp_path):
    (tmp_path / "t.py").write_text(TRAINER)
    values = {
        "trainer": str(tmp_path / "t.py") + ":train",
        "metric": {"name": "val/f", "goal": "maximize"},
        "parameters": {"epochs": 2, "x": {"values": [0.0, 1.0]}},
        "search": {"method": "grid", "trials": 1},
    }
    results = tmp_path / "results"
    made = study.run(values, results=results, engine="serial")
    assert edits(made.history, made.folder) == []
    edit(made.folder / "study.yaml", "grid", "random")
    (line,) = edits(made.history, made.folder)
    assert "search.method: 'grid' → 'random'" in line


def test_a_converted_sweep_file_is_compared_as_converted(tmp_path):
    (tmp_path / "train.py").write_text(
        "import json, os\n"
        "open(os.environ['SWEEP_METRICS'], 'a').write(json.dumps({'epoch': 0, 'f': 1.0}) + '\\n')\n"
    )
    path = tmp_path / "sweep.yaml"
    path.write_text(
        "program: train.py\nmethod: grid\nmetric: {name: f, goal: maximize}\n"
        "parameters: {x: {values: [1, 2]}}\n"
    )
    made = study.run(path, results=tmp_path / "results", engine="serial")
    assert edits(made.history, made.folder) == []
    edit(path, "[1, 2]", "[1, 2, 3]")
    (line,) = edits(made.history, made.folder)
    assert "parameters.x.values" in line
