"""Files are told apart by their contents up to a limit, and by their looks beyond it."""

import hashlib
import os

from sweep.provenance.file_hashes import again, changed_files, file_hashes


def write(folder, **contents):
    paths = []
    for name, text in contents.items():
        path = folder / name
        path.write_text(text)
        paths.append(path)
    return paths


def test_names_are_relative_below_the_root_and_absolute_elsewhere(tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    (inside,) = write(root, labels="a")
    (outside,) = write(tmp_path, data="b")
    found = file_hashes([inside, outside], root).files
    assert found == {
        "labels": hashlib.sha256(b"a").hexdigest()[:16],
        str(outside): hashlib.sha256(b"b").hexdigest()[:16],
    }


def test_beyond_the_limits_the_largest_are_known_by_size_and_time_and_that_is_said(
    tmp_path,
):
    paths = write(tmp_path, a="1", b="22", c="333", d="4444")
    for limits in ({"most_files": 2}, {"most_bytes": 3}):
        found = file_hashes(paths, tmp_path, **limits)
        assert str(found) == "4 files, 2 of them by size and time of change"
        assert [":" in found.files[name] for name in "abcd"] == [
            False,
            False,
            True,
            True,
        ]
        assert found.files["d"] == f"4:{paths[3].stat().st_mtime_ns}"
    assert str(file_hashes(paths, tmp_path)) == "4 files"


def test_a_file_that_vanished_is_left_out(tmp_path):
    assert file_hashes([tmp_path / "none"], tmp_path).files == {}


def test_what_changed_is_named_whichever_way_it_was_hashed(tmp_path):
    paths = write(tmp_path, small="1", large="22", gone="333", same="4")
    before = file_hashes(paths, tmp_path, most_files=2).files
    assert changed_files(before, again(before, tmp_path)) == []
    (tmp_path / "small").write_text("2")
    os.utime(tmp_path / "large", ns=(1, 1))
    (tmp_path / "gone").unlink()
    assert sorted(changed_files(before, again(before, tmp_path))) == [
        "gone is gone",
        "large changed",
        "small changed",
    ]


def test_many_changes_are_counted():
    before = {f"{number:03}": "x" for number in range(50)}
    lines = changed_files(before, {})
    assert len(lines) == 21
    assert lines[-1] == "and 30 more files changed"
