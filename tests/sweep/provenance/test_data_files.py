"""A data set is told apart by what is in its files, up to a budget; beyond it by their
names, sizes and times."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.provenance.data_files import BUDGET, File, fingerprint, within


@pytest.fixture
def images(tmp_path):
    (tmp_path / "train").mkdir()
    (tmp_path / "labels.csv").write_bytes(b"a,0")
    (tmp_path / "train" / "a.png").write_bytes(b"12345")
    (tmp_path / "train" / "b.png").write_bytes(b"1234567890")
    return tmp_path


def changed_in_place(path):
    """Other contents of the same size and time."""
    seen = path.stat()
    path.write_bytes(bytes(byte ^ 1 for byte in path.read_bytes()))
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))


@pytest.mark.parametrize("name", ["labels.csv", "train/a.png", "train/b.png"])
def test_other_contents_are_another_data_set(images, name):
    before = fingerprint(images)
    changed_in_place(images / name)
    assert fingerprint(images).digest != before.digest
    changed_in_place(images / name)
    assert fingerprint(images) == before


def test_a_file_that_is_new_gone_or_renamed_is_another_data_set(images):
    seen = {fingerprint(images).digest}
    (images / "train" / "c.png").write_bytes(b"")
    seen.add(fingerprint(images).digest)
    (images / "train" / "c.png").rename(images / "train" / "d.png")
    seen.add(fingerprint(images).digest)
    (images / "train" / "a.png").unlink()
    seen.add(fingerprint(images).digest)
    assert len(seen) == 4


def test_where_it_lies_and_when_it_was_copied_makes_no_difference(images):
    before = fingerprint(images)
    os.utime(images / "labels.csv", (0, 0))
    moved = images.rename(images.with_name("moved"))
    assert fingerprint(moved) == before


def test_one_file_is_a_data_set_as_well(images):
    before = fingerprint(images / "labels.csv")
    assert str(before) == f"{before.digest} (1 files by content)"
    changed_in_place(images / "labels.csv")
    assert fingerprint(images / "labels.csv") != before


def test_beyond_the_budget_looks_count_and_it_is_said(images):
    before = fingerprint(images, budget=8)
    assert str(before).endswith(
        " (2 files by content, 1 of 10 B by name, size and time)"
    )
    changed_in_place(images / "train" / "b.png")
    assert fingerprint(images, budget=8) == before, "its contents were not read"
    changed_in_place(images / "train" / "a.png")
    smaller = fingerprint(images, budget=8)
    assert smaller.digest != before.digest
    os.utime(images / "train" / "b.png", (0, 0))
    assert fingerprint(images, budget=8).digest != smaller.digest
    assert fingerprint(images, budget=0).read == 0


FILES = st.lists(
    st.builds(File, st.text(max_size=3), st.integers(0, 20), st.just(0)),
    unique_by=lambda f: f.name,
)


@given(files=FILES, budget=st.integers(0, 60))
def test_what_is_read_fits_the_budget_and_no_smaller_file_is_left_out(files, budget):
    read = within(files, budget)
    assert sum(file.size for file in read) <= budget
    left = [file for file in files if file not in read]
    assert all(one.size <= other.size for one in read for other in left)
    if left:
        assert (
            sum(file.size for file in read) + min(file.size for file in left) > budget
        ), "as many as fit"


def test_the_budget_is_a_gigabyte():
    assert BUDGET == 10**9
