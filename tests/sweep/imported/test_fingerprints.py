"""Whether imported files are what they were."""

from sweep.imported.fingerprints import changed, fingerprint


def test_a_folder_is_what_its_files_are_called_and_hold(tmp_path):
    (tmp_path / "a").write_text("1")
    (tmp_path / "b").write_text("2")
    first = fingerprint(tmp_path)
    (tmp_path / "b").rename(tmp_path / "c")
    assert fingerprint(tmp_path) != first
    (tmp_path / "c").rename(tmp_path / "b")
    assert fingerprint(tmp_path) == first


def test_a_changed_file_is_named_and_one_that_is_gone_is_no_change(tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text("a\n1\n")
    known = {str(path): fingerprint(path), str(tmp_path / "gone.csv"): "0" * 64}
    assert list(changed(known)) == []
    path.write_text("a\n2\n")
    (problem,) = changed(known)
    assert problem.startswith(f"{path}: SHA-256")
