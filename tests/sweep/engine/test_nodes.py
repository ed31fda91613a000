"""The machines of a cluster: each is asked once whether it sees the study's folder. No
Ray is started."""

from types import SimpleNamespace

import pytest
import ray

from sweep.engine import nodes
from sweep.engine.nodes import FolderCheck, cannot_see, clear, probe, scratch_root, sees
from sweep.errors import UsageError


def test_a_node_recognises_only_the_drivers_own_probe_file(tmp_path):
    with probe(tmp_path) as (path, word):
        assert sees(path, word)
        assert not sees(path, word[::-1]), "another study's folder of that name"
    assert not path.exists()
    assert not sees(path, word)


def test_each_study_has_a_folder_of_its_own_on_each_node(on_node):
    on_node("a" * 20)
    first = {scratch_root("s3://bucket/one"), scratch_root("s3://bucket/two")}
    on_node("b" * 20)
    assert len(first | {scratch_root("s3://bucket/one")}) == 3


def test_what_a_study_left_is_removed_and_another_study_s_stays(
    on_node, tmp_path, monkeypatch
):
    monkeypatch.setattr(nodes.tempfile, "gettempdir", lambda: str(tmp_path))
    on_node("a" * 20)
    for study in ("one", "two"):
        (scratch_root(study) / "trials").mkdir(parents=True)
    clear("one")
    assert not scratch_root("one").exists()
    assert (scratch_root("two") / "trials").is_dir()
    clear("two")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def cluster(monkeypatch, on_node):
    """Nodes that answer as told: name → whether it sees the folder; None: no answer yet."""
    answers = {"own": True, "b": True}
    asked = []

    def ask(node, what, *arguments):
        asked.append(node["NodeID"])
        return node["NodeID"]

    def wait(waiting, num_returns, timeout):
        return [name for name in waiting if answers[name] is not None], []

    def there():
        return [
            {"NodeID": name, "Alive": True, "NodeManagerHostname": f"host-{name}"}
            for name in answers
        ]

    on_node("own")
    monkeypatch.setattr(nodes, "_ask", ask)
    monkeypatch.setattr(ray, "nodes", there)
    monkeypatch.setattr(ray, "wait", wait)
    monkeypatch.setattr(ray, "get", answers.get)
    return SimpleNamespace(answers=answers, asked=asked)


def test_every_other_node_is_asked_once_and_those_that_join_as_well(cluster, tmp_path):
    folder_check = FolderCheck(tmp_path, tmp_path / "word", "word")
    cluster.answers["c"] = None
    folder_check.ask_new_nodes()
    folder_check.ask_new_nodes()
    assert cluster.asked == ["b", "c"]


def test_a_node_that_does_not_see_the_folder_is_refused_by_its_name(cluster, tmp_path):
    folder_check = FolderCheck(tmp_path, tmp_path / "word", "word")
    cluster.answers["c"] = False
    with pytest.raises(UsageError, match=r"host-c cannot see .*--storage"):
        folder_check.ask_new_nodes()


def test_a_refusal_says_where_to_put_the_results(tmp_path):
    words = cannot_see("gpu-07", tmp_path)
    assert f"gpu-07 cannot see {tmp_path}" in words
    assert "--results" in words
