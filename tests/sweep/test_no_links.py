"""Nothing that a study writes leaves its folder through a link; links at or above it
are the user's."""

import os

import pytest

from sweep import durable, no_links
from sweep.errors import CannotWrite


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "results" / "study"
    folder.mkdir(parents=True)
    (folder / no_links.LOG_NAME).write_bytes(b"")
    return folder


@pytest.fixture
def victim(tmp_path):
    """A folder and a file of the reader's, which must stay as they are."""
    folder = tmp_path / "victim"
    folder.mkdir()
    (folder / "file").write_bytes(b"precious")
    yield folder
    assert [path.name for path in folder.iterdir()] == ["file"]
    assert (folder / "file").read_bytes() == b"precious"


WRITERS = {
    "write_file": lambda path: durable.write_file(path, b"x"),
    "append": lambda path: durable.append(path, b"x"),
    "open_to_append": lambda path: os.close(durable.open_to_append(path)),
    "make_folder": lambda path: durable.make_folder(path),
    "link": lambda path: durable.link(path, "target"),
    "remove": lambda path: durable.remove(path),
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("depth", [1, 2])
def test_a_folder_of_the_study_that_is_a_link_is_refused(study, victim, name, depth):
    (study / "report").symlink_to(victim)
    path = study / "report" / "/".join(["file"] * depth)
    with pytest.raises(
        CannotWrite, match=r"symbolic link|name of a folder|Not a directory"
    ):
        WRITERS[name](path)


def test_a_link_in_the_place_of_a_file_is_replaced(study, victim):
    for name in ("report.md", "report.md.writing"):
        (study / name).symlink_to(victim / "file")
    durable.write_file(study / "report.md", b"new")
    assert not (study / "report.md").is_symlink()
    assert (study / "report.md").read_bytes() == b"new"
    assert not (study / "report.md.writing").is_symlink()


@pytest.mark.parametrize("name", [no_links.LOG_NAME, "history.jsonl"])
def test_a_file_that_grows_is_not_opened_through_a_link(study, victim, name):
    (study / name).unlink(missing_ok=True)
    (study / name).symlink_to(victim / "file")
    with pytest.raises(
        CannotWrite, match="sweep follows no symbolic link inside a study's folder"
    ):
        durable.append(study / name, b"x")


def test_links_at_or_above_the_study_are_followed(study, tmp_path):
    (tmp_path / "disk").symlink_to(study.parent)
    (tmp_path / "mine").symlink_to(study)
    for folder in (tmp_path / "disk" / "study", tmp_path / "mine"):
        durable.make_folder(folder / "report")
        durable.write_file(folder / "report" / "report.md", b"x")
        assert (study / "report" / "report.md").read_bytes() == b"x"


def test_no_way_leads_up_again(study, victim):
    (study / "report" / "deeper").mkdir(parents=True)
    with pytest.raises(CannotWrite, match="inside a study's folder"):
        durable.write_file(
            study / "report" / "deeper" / ".." / ".." / ".." / "victim" / "new", b"x"
        )


def test_a_link_into_another_study_is_not_followed(study, tmp_path):
    log = b'{"crc":"00000000","seq":0}\n'
    other = tmp_path / "results" / "other"
    (other / "report").mkdir(parents=True)
    for folder in (study, other):
        (folder / no_links.LOG_NAME).write_bytes(log)
    (study / "report").symlink_to(other)
    (study / "trials").symlink_to(other / "report")
    for name in ("report", "trials"):
        with pytest.raises(CannotWrite, match="follows no symbolic link"):
            durable.write_file(study / name / "report.md", b"x")
    assert sorted(path.name for path in other.iterdir()) == [
        no_links.LOG_NAME,
        "report",
    ]


def test_a_linked_results_folder_below_a_file_of_the_same_name_is_followed(
    study, tmp_path
):
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / no_links.LOG_NAME).write_text("of another program\n")
    (tmp_path / "project" / "results").symlink_to(study.parent)
    durable.write_file(tmp_path / "project" / "results" / "study" / "report.md", b"x")
    assert (study / "report.md").read_bytes() == b"x"


def test_a_path_that_another_library_will_write_is_looked_at(study, victim):
    durable.refuse_link(study / "mlflow.db")
    durable.refuse_link(study / "tensorboard" / "0" / "events")
    (study / "mlflow.db").symlink_to(victim / "file")
    (study / "wandb").symlink_to(victim)
    for name in ("mlflow.db", "wandb", "wandb/run"):
        with pytest.raises(CannotWrite, match="follows no symbolic link"):
            durable.refuse_link(study / name)
