"""What a trial read is found in its own process and in those forked from it."""

import json
import mmap
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from sweep.provenance.read_files import Reading, module_files, named_in


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("labels.json", "settings.yaml", "weights.bin", "other.txt"):
        (folder / name).write_text("{}")
    return folder


@pytest.fixture
def reading(project, tmp_path):
    found = Reading(tmp_path / "read", [project], [project / "results"])
    yield found
    found.close()


def names(reading, project):
    return [path.relative_to(project).as_posix() for path in reading.paths()]


READERS = {
    "open": lambda path: path.open().close(),
    "os.open": lambda path: os.close(os.open(path, os.O_RDONLY)),
    "read_bytes": lambda path: path.read_bytes(),
    "bytes for a name": lambda path: open(os.fsencode(path)).close(),  # noqa: PTH123
    "for reading and writing": lambda path: path.open("r+").close(),
}


@pytest.mark.parametrize("how", READERS)
def test_a_file_that_is_opened_for_reading_counts(reading, project, how):
    READERS[how](project / "labels.json")
    assert names(reading, project) == ["labels.json"]


def test_a_relative_name_is_of_the_folder_it_was_opened_in(
    reading, project, monkeypatch
):
    monkeypatch.chdir(project)
    Path("labels.json").read_text()
    monkeypatch.chdir("/")
    assert names(reading, project) == ["labels.json"]


def test_what_is_written_lies_elsewhere_or_is_installed_does_not_count(
    reading, project, tmp_path
):
    (project / "new.txt").write_text("written")
    (tmp_path / "elsewhere.txt").write_text("x")
    (tmp_path / "elsewhere.txt").read_text()
    for name in (
        ".venv/lib/a.py",
        "lib/site-packages/b.py",
        "results/c.json",
        ".git/HEAD",
    ):
        path = project / name
        path.parent.mkdir(parents=True)
        path.write_text("x")
        path.read_text()
    assert names(reading, project) == []


def test_what_a_process_wrote_itself_does_not_count(reading, project):
    (project / "cache.bin").write_bytes(b"1")
    (project / "cache.bin").read_bytes()
    (project / "labels.json").read_text()
    assert names(reading, project) == ["labels.json"]


def test_roots_can_be_added(reading, project, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "a.txt").write_text("x")
    reading.also([data], [project / "plots"])
    (data / "b.txt").symlink_to(data / "a.txt")
    (data / "b.txt").read_text()
    assert reading.paths() == [data / "b.txt"]


def test_a_descriptor_that_was_closed_and_opened_anew_is_left_alone(
    reading, project, tmp_path
):
    other = os.open(tmp_path / "other.bin", os.O_RDWR | os.O_CREAT)
    os.dup2(other, reading._fd)
    (project / "labels.json").read_text()
    assert os.fstat(other).st_size == 0
    assert names(reading, project) == ["labels.json"], "this process still knows"
    os.close(other)


def test_what_forked_processes_noted_is_not_noted_by_later_ones(reading, project):
    for _ in range(2):
        pid = os.fork()
        if pid == 0:
            (project / "settings.yaml").read_text()
            os._exit(0)
        os.waitpid(pid, 0)
        size = os.fstat(reading._fd).st_size
        reading.learn()
    assert size == len(f"r{project / 'settings.yaml'}") + 1


def test_what_a_forked_process_reads_counts(reading, project):
    pid = os.fork()
    if pid == 0:
        (project / "settings.yaml").read_text()
        os._exit(0)
    os.waitpid(pid, 0)
    assert names(reading, project) == ["settings.yaml"]


def test_a_mapped_file_counts_however_it_was_opened(reading, project):
    with (project / "weights.bin").open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    (Path(reading._log)).write_bytes(b"")  # as if C code had opened it
    assert names(reading, project) == ["weights.bin"]
    mapped.close()


def test_a_file_that_is_gone_is_left_out(reading, project):
    (project / "labels.json").read_text()
    (project / "labels.json").unlink()
    assert names(reading, project) == []


def test_after_it_is_closed_nothing_is_noted(project, tmp_path):
    reading = Reading(tmp_path / "read", [project])
    reading.close()
    (project / "labels.json").read_text()
    assert names(reading, project) == []


def test_modules_count_however_they_were_loaded(project, tmp_path):
    """By the path, by `importlib`, and from a folder on PYTHONPATH; in a process of its own."""
    (project / "by_path.py").write_text("x = 1")
    (project / "by_importlib.py").write_text("x = 1")
    program = textwrap.dedent(f"""
        import importlib.util, json, sys
        from pathlib import Path
        from sweep.provenance.read_files import Reading
        reading = Reading(Path({str(tmp_path / "read")!r}), [Path({str(project)!r})])
        import by_path
        spec = importlib.util.spec_from_file_location("m", {str(project / "by_importlib.py")!r})
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        print(json.dumps([path.name for path in reading.paths()]))
    """)
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(project)},
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout) == ["by_importlib.py", "by_path.py"]


def test_a_loader_s_workers_count(reading, project):
    from torch.utils.data import DataLoader, Dataset

    class Files(Dataset):
        def __len__(self):
            return 2

        def __getitem__(self, at):
            return len((project / ("labels.json", "other.txt")[at]).read_text())

    list(DataLoader(Files(), num_workers=1, multiprocessing_context="fork"))
    assert names(reading, project) == ["labels.json", "other.txt"]


def test_the_files_that_a_configuration_names(project):
    config = {
        "data": str(project / "labels.json"),
        "folder": f"folder:{project}/",
        "relative": "settings.yaml",
        "loss": "focal",
        "rate": 0.1,
        "empty": "",
        "long": "x" * 5000,
        "nul": "a\0b",
        "here": ".",
    }
    found = named_in(config, project)
    assert found == [project / "labels.json", project / "settings.yaml"]
    assert named_in({"folder": f"folder:{project}"}, Path("/")) == [project]


def test_files_of_modules_are_absolute():
    assert os.__file__ in module_files({"os": os, "builtin": sys})
