"""Files that survive a crash: whole or not at all, whatever the disk does."""

import errno
import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep import durable
from sweep.errors import CannotWrite


@pytest.fixture
def path(tmp_path):
    """A file with contents of an earlier time."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    return path


class TestWholeFiles:
    def test_a_file_is_replaced_and_nothing_is_left_beside_it(self, path):
        durable.write_file(path, b"new")
        assert path.read_bytes() == b"new"
        assert [each.name for each in path.parent.iterdir()] == ["file"]

    def test_a_kill_at_any_call_leaves_the_old_file_or_the_new_one(
        self, path, failing_disk, killed
    ):
        with durable.on((whole := failing_disk()).made()):
            durable.write_file(path, b"new")
        assert {"open", "write", "sync", "replace"} <= set(whole.calls)
        for at in range(1, len(whole.calls) + 1):
            path.write_bytes(b"old")
            with durable.on(failing_disk(at, torn=True).made()), pytest.raises(killed):
                durable.write_file(path, b"new")
            assert path.read_bytes() in (b"old", b"new")

    def test_it_is_synced_before_it_takes_its_place_and_its_folder_after(
        self, path, failing_disk
    ):
        with durable.on((whole := failing_disk()).made()):
            durable.write_file(path, b"new")
        assert whole.calls == ["open", "write", "sync", "replace", "sync"]

    def test_a_full_disk_keeps_the_old_file_removes_the_half_one_and_says_what_to_do(
        self, path, failing_disk
    ):
        full = failing_disk(2, errno.ENOSPC, for_good=False, torn=True)
        with (
            durable.on(full.made()),
            pytest.raises(CannotWrite, match="Free some space") as said,
        ):
            durable.write_file(path, b"new")
        assert "free there" in str(said.value)
        assert path.read_bytes() == b"old"
        assert [each.name for each in path.parent.iterdir()] == ["file"]

    def test_what_the_writer_raises_is_passed_on_and_leaves_no_file(self, path):
        def fill(file):
            file.write(b"half")
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            durable.write_aside(path.with_name("aside"), fill)
        assert not path.with_name("aside").exists()

    @given(st.lists(st.integers(0, 3 << 20), max_size=4))
    def test_pieces_of_any_size_arrive_in_order_and_are_told(
        self, tmp_path_factory, sizes
    ):
        path = tmp_path_factory.mktemp("pieces") / "file"
        pieces = [bytes([number]) * size for number, size in enumerate(sizes)]
        told = []

        def fill(file):
            assert [file.write(piece) for piece in pieces] == sizes

        durable.write_aside(
            path, fill, sync=False, taken=lambda data: told.append(bytes(data))
        )
        assert path.read_bytes() == b"".join(told) == b"".join(pieces)


class TestLinksAndFolders:
    def test_a_name_stands_for_another_file_also_after_a_kill(self, path):
        path.with_name("one").write_bytes(b"1")
        path.with_name("file.writing").symlink_to("nowhere")  # a killed process left it
        durable.link(path, "one")
        assert path.read_bytes() == b"1"

    def test_removing_what_is_not_there_is_no_error(self, path):
        durable.remove(path)
        durable.remove(path)
        assert not path.exists()

    def test_folders_are_made_with_those_above_them(self, tmp_path):
        folder = tmp_path / "a" / "b"
        durable.make_folder(folder)
        durable.make_folder(folder)
        assert folder.is_dir()

    def test_a_file_in_the_way_of_a_folder_is_named(self, path):
        with pytest.raises(CannotWrite, match="A file has the name of a folder"):
            durable.make_folder(path)


class TestFilesThatGrow:
    def test_all_is_added_or_nothing(self, path, failing_disk):
        durable.append(path, b" and new")
        assert path.read_bytes() == b"old and new"
        torn = failing_disk(2, errno.ENOSPC, for_good=False, torn=True)
        with durable.on(torn.made()), pytest.raises(CannotWrite):
            durable.append(path, b" and more")
        assert path.read_bytes() == b"old and new"

    def test_a_disk_that_takes_a_byte_at_a_time_gets_all(self, path):
        slow = durable.Disk(write=lambda fd, data: os.write(fd, bytes(data[:1])))
        with durable.on(slow):
            durable.append(path, b"12345")
        assert path.read_bytes() == b"old12345"

    def test_a_file_is_cut_to_a_size(self, path):
        fd = durable.open_to_append(path)
        durable.truncate(fd, 1)
        durable.write_all(fd, b"!")
        durable.sync_data(fd)
        os.close(fd)
        assert path.read_bytes() == b"o!"


class TestWhatWentWrong:
    @pytest.mark.parametrize(
        ("number", "advice"),
        [
            (errno.EROFS, "read-only"),
            (errno.EDQUOT, "quota"),
            (errno.EACCES, "writable for you"),
            (errno.EIO, "kernel's log"),
            (errno.ENAMETOOLONG, "Once it can be written"),
        ],
    )
    def test_each_error_says_what_to_do(self, path, number, advice):
        error = durable.cannot_write(path, OSError(number, os.strerror(number)))
        assert str(error).startswith(f"cannot write {path}: {os.strerror(number)}")
        assert advice in str(error)

    def test_a_full_disk_is_told_from_other_errors(self):
        assert durable.is_full(OSError(errno.ENOSPC, ""))
        assert not durable.is_full(OSError(errno.EIO, ""))
        assert not durable.is_full(ValueError("full"))

    def test_room_is_told_also_for_a_file_that_is_not_there_yet(self, tmp_path):
        assert durable.free(tmp_path / "not" / "yet") == pytest.approx(
            durable.free(tmp_path), rel=0.2
        )

    @pytest.mark.parametrize(
        ("count", "text"),
        [(512, "512 B"), (1500, "1.5 kB"), (2e10, "20 GB"), (1.234567e12, "1.235 TB")],
    )
    def test_sizes_are_said_in_powers_of_a_thousand(self, count, text):
        assert durable.size(count) == text


def test_another_disk_is_seen_by_every_thread_and_taken_back(path, failing_disk):
    before = durable.disk()
    with durable.on((other := failing_disk()).made()):
        thread = threading.Thread(target=durable.write_file, args=(path, b"new"))
        thread.start()
        thread.join()
        assert other.calls
    assert durable.disk() is before
