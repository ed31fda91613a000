"""What trials depend on, from before their trainer's import to each one's end."""

import pytest

from sweep.model.trial import Assignment
from sweep.worker.job import Job
from sweep.worker.watch import Watch


@pytest.fixture
def project(tmp_path):
    (tmp_path / "labels.json").write_text("{}")
    (tmp_path / "more.json").write_text("{}")
    return tmp_path


@pytest.fixture
def watching(project):
    """`watching(config)`: a trial with that configuration is about to start."""
    started = []

    def begin(config=None, **more):
        job = Job("study", "own.py:train", str(project), "m", "maximize", **more)
        watch = Watch(job)
        started.append(watch)
        folder = project / "results" / "trials" / "00000-a"
        given = Assignment(
            0, "a", config or {}, 5, None, None, 1, str(folder), None, {}
        )
        watch.begin(given, folder)
        return watch

    yield begin
    for watch in started:
        watch.close()


def test_a_file_that_is_read_is_told_once(watching, project):
    watch = watching()
    (project / "labels.json").read_text()
    assert list(watch.news().files) == ["labels.json"]
    assert watch.news() is None
    (project / "more.json").read_text()
    assert list(watch.news().files) == ["more.json"]


def test_files_read_for_an_earlier_trial_also_count_for_the_next(watching, project):
    watch = watching()
    (project / "labels.json").read_text()
    watch.news()
    folder = project / "results" / "trials" / "00001-a"
    watch.begin(Assignment(1, "a", {}, 5, None, None, 1, str(folder), None, {}), folder)
    assert list(watch.news().files) == ["labels.json"], (
        "a process that both share has read it"
    )


def test_what_the_results_hold_is_no_dependency(watching, project):
    watch = watching()
    written = project / "results" / "trials" / "00000-a" / "history.jsonl"
    written.parent.mkdir(parents=True)
    written.write_text("")
    written.read_text()
    assert watch.news() is None


@pytest.mark.parametrize("storage", [None, "s3://bucket/study"])
def test_a_file_elsewhere_counts_where_the_configuration_names_it_and_all_machines_see_it(
    watching, tmp_path_factory, storage
):
    data = tmp_path_factory.mktemp("data") / "numbers.txt"
    data.write_text("0.5")
    watch = watching({"data": str(data)}, storage=storage)
    data.read_text()
    news = watch.news()
    assert news is None if storage else list(news.files) == [str(data)]
