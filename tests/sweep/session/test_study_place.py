"""A project that was moved goes on, one that was copied uses its own files, and doubt
is refused."""

import shutil
from pathlib import Path

import pytest

from sweep import errors, study
from sweep.commands import alone
from sweep.session import changes, edited_study_file, study_place

TRAINER = """
from pathlib import Path

def train(config, run):
    with (Path(__file__).parent / "ran.txt").open("a") as file:
        file.write(f"{run.folder.name}\\n")
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
    """A project A whose study has trained one trial; its file asks for three."""
    folder = tmp_path / "A"
    folder.mkdir()
    (folder / "t.py").write_text(TRAINER)
    (folder / "s.yaml").write_text(STUDY)
    study.run(folder / "s.yaml", results=folder / "results", engine="serial")
    (folder / "s.yaml").write_text(STUDY.replace("trials: 1", "trials: 3"))
    return folder


def go_on(project, **options):
    return study.resume(
        project / "results/s", engine="serial", **{"extend": True, **options}
    ).history


def ran(project):
    path = project / "ran.txt"
    return len(path.read_text().splitlines()) if path.exists() else 0


def test_a_moved_project_resumes(project):
    there = project.rename(project.with_name("B"))
    assert len(go_on(there).trials) == 3
    assert ran(there) == 3


def test_a_moved_project_resumes_although_another_project_is_at_its_old_path(project):
    there = project.rename(project.with_name("B"))
    project.mkdir()
    (project / "notes.txt").write_text("something else")
    assert len(go_on(there).trials) == 3


def test_a_copied_project_runs_its_own_files(project):
    copy = project.with_name("B")
    shutil.copytree(project, copy)
    (copy / "ran.txt").unlink()
    assert len(go_on(copy).trials) == 3
    assert (ran(copy), ran(project)) == (2, 1)


@pytest.mark.parametrize("name", ["t.py", "s.yaml"])
@pytest.mark.parametrize("edited", ["A", "B"])
def test_a_copy_that_differs_from_the_original_is_refused_with_both_named(
    project, name, edited
):
    copy = project.with_name("B")
    shutil.copytree(project, copy)
    path = project.with_name(edited) / name
    path.write_text(path.read_text() + "\n# edited\n")
    before = (copy / "results/s/events.jsonl").read_bytes()
    with pytest.raises(errors.Refused) as refusal:
        go_on(copy)
    for place in (project / name, copy / name):
        assert str(place) in str(refusal.value)
    assert (copy / "results/s/events.jsonl").read_bytes() == before
    assert ran(project) == 1


def test_an_accepted_copy_runs_its_own_files_and_is_not_asked_about_again(project):
    copy = project.with_name("B")
    shutil.copytree(project, copy)
    (copy / "t.py").write_text(TRAINER + "\n# edited\n")
    (copy / "ran.txt").unlink()
    history = go_on(copy, accept_changes=True)
    assert ran(copy) == 2
    assert any("changes were accepted" in notice.message for notice in history.notices)
    assert len(go_on(copy, extend=False).trials) == 3
    assert ran(project) == 1


def test_moved_results_resume_with_the_project_at_its_old_path(project, tmp_path):
    elsewhere = tmp_path / "far" / "away"
    elsewhere.parent.mkdir()
    shutil.move(project / "results", elsewhere)
    history = study.resume(elsewhere / "s", engine="serial", extend=True).history
    assert len(history.trials) == 3
    assert ran(project) == 3


def test_a_trial_of_a_copy_is_repeated_with_the_copy_s_trainer(project):
    copy = project.with_name("B")
    shutil.copytree(project, copy)
    (copy / "ran.txt").unlink()
    (config,) = Path(copy / "results/s/trials").glob("*/config.json")
    alone.train(config, overrides={}, say=lambda line: None)
    assert (ran(copy), ran(project)) == (1, 1)
    (copy / "t.py").write_text(TRAINER + "\n# edited\n")
    with pytest.raises(errors.Refused, match="two folders have files of this study"):
        alone.train(config, overrides={}, say=lambda line: None)


def test_identical_trials_are_reused_from_a_project_at_another_path(project, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "t.py").write_text(TRAINER)
    (other / "o.yaml").write_text(STUDY.replace("name: s", "name: o") + "reuse: true\n")
    done = study.run(other / "o.yaml", results=project / "results", engine="serial")
    assert [trial.reused for trial in done.history.trials.values()] == [True]
    assert ran(other) == 0


def test_a_trial_that_is_not_reused_gives_one_notice_with_the_reason(project, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "t.py").write_text(TRAINER + "\n# other code\n")
    text = STUDY.replace("name: s", "name: o")
    (other / "o.yaml").write_text(text + "reuse: true\n")
    done = study.run(other / "o.yaml", results=project / "results", engine="serial")
    assert not any(trial.reused for trial in done.history.trials.values())
    (said,) = [n.message for n in done.history.notices if "not reused" in n.message]
    assert said.startswith(
        "trials of s with the same configuration are not reused: code "
    )


@pytest.mark.parametrize("beside", [True, False], ids=["beside", "alone"])
def test_a_study_from_a_folder_that_this_user_may_not_enter_goes_on(
    project, tmp_path, monkeypatch, beside
):
    """Somebody else's study names files in their home folder."""
    there = tmp_path / "B"
    shutil.copytree(project, there)
    if not beside:
        (there / "s.yaml").unlink()
        (there / "t.py").unlink()
    closed = str(project)
    stat = Path.stat

    def refused(self, **options):
        if str(self).startswith(closed):
            raise PermissionError(13, "Permission denied", str(self))
        return stat(self, **options)

    monkeypatch.setattr(Path, "stat", refused)
    loaded = study.load(there / "results/s")
    found = study_place.study_file(loaded.history, loaded.folder, accept=False)
    assert found == (there if beside else project) / "s.yaml"
    if not beside:
        assert changes.study_file(loaded.history, found, extend=False) == []
    assert len(edited_study_file.edits(loaded.history, loaded.folder)) == beside
