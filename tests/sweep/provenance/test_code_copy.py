"""The sources that a study was trained with stay with it."""

from sweep.provenance.code_copy import keep
from sweep.provenance.git_state import GitState


def test_sources_are_copied_once_and_every_version_stays(tmp_path):
    root, study = tmp_path / "project", tmp_path / "study"
    (root / "package").mkdir(parents=True)
    sources = [root / "train.py", root / "package" / "model.py"]
    for path in sources:
        path.write_text("one")
    assert keep(sources, root, study) == 2
    assert keep(sources, root, study) == 0
    sources[0].write_text("two")
    assert keep(sources, root, study) == 1
    assert keep(sources, root, study) == 0
    code = study / "code"
    assert (code / "train.py").read_text() == "one"
    assert (code / "package/model.py").read_text() == "one"
    (later,) = code.glob("train.py.*")
    assert later.read_text() == "two"


def test_a_file_from_elsewhere_and_the_diff_are_kept(tmp_path):
    root, study = tmp_path / "project", tmp_path / "study"
    root.mkdir()
    other = tmp_path / "lib.py"
    other.write_text("lib")
    keep([other], root, study, GitState("a" * 40, True, "-one\n+two\n"))
    copies = [path for path in (study / "code").rglob("*") if path.is_file()]
    assert sorted(path.name for path in copies) == ["lib.py", "uncommitted.diff"]
    assert "-one\n+two" in (study / "code/uncommitted.diff").read_text()


def test_what_is_too_large_or_gone_is_left_out(tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    (root / "data.py").write_bytes(bytes(5_000_001))
    assert keep([root / "data.py", root / "gone.py"], root, tmp_path / "study") == 0
