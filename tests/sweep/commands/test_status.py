"""`sweep status`: one study, or every study in the results folder."""

from tests.sweep.commands.invoking import sweep


def test_one_study_is_shown_with_its_stages(finished):
    code, printed = sweep("status", "tiny")
    assert code == 0
    assert printed.splitlines()[0].strip() == "tiny: done"
    assert "ablation" in printed


def test_every_study_has_a_line(finished):
    code, printed = sweep("status")
    assert code == 0
    assert (
        len([line for line in printed.splitlines() if line.strip().startswith("tiny")])
        == 1
    )


def test_a_study_may_be_named_by_its_folder(finished):
    assert sweep("status", finished) == sweep("status", "tiny")


def test_without_studies_it_says_how_to_start_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, printed = sweep("status")
    assert code == 0
    assert "no study in results/ yet" in printed


def test_an_unknown_study_names_those_there_are(finished):
    code, message = sweep("status", "tinny")
    assert code == 2
    assert "tiny" in message
