"""What a trial depended on is recorded once a study, and what of it changed is named."""

from importlib import metadata

from sweep.provenance.dependencies import Dependencies, changes, found
from sweep.provenance.read_files import Reading


def test_a_trial_s_dependencies_and_their_changes(tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    (project / "labels.json").write_text("{}")
    reading = Reading(tmp_path / "read", [project])
    (project / "labels.json").read_text()
    before = found(reading, project)
    reading.close()
    assert set(before.files) == {"labels.json"}
    assert before.distributions["pytest"] == metadata.version("pytest")
    assert changes(before, project) == []
    (project / "labels.json").write_text('{"a": 1}')
    older = Dependencies(before.files, 0, {**before.distributions, "pytest": "1.0"})
    assert changes(older, project) == [
        "labels.json changed",
        f"pytest: 1.0 → {metadata.version('pytest')}",
    ]


def test_only_what_is_new_is_recorded_again():
    known = Dependencies({"a": "1", "b": "2"}, 0, {"numpy": "1"})
    more = Dependencies(
        {"a": "1", "b": "3", "c": "5:7"}, 1, {"numpy": "1", "scipy": "2"}
    )
    assert more.beyond(known) == Dependencies({"b": "3", "c": "5:7"}, 1, {"scipy": "2"})
    assert known.beyond(known).plain() == {
        "files": {},
        "by_looks": 0,
        "distributions": {},
    }
