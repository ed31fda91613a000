"""Every distribution that was imported, with its version."""

import json
from importlib import metadata

from sweep.provenance import distributions


def test_what_was_imported_is_listed_with_its_version():
    found = distributions.imported(
        ["numpy.linalg", "yaml", "os", "json", "unknown_module"]
    )
    assert found["numpy"] == metadata.version("numpy")
    assert found["PyYAML"] == metadata.version("PyYAML")
    assert set(found) == {"numpy", "PyYAML"}


def test_this_process_is_the_default():
    assert "pytest" in distributions.imported()


def test_an_editable_distribution_has_a_hash_of_its_sources(tmp_path, monkeypatch):
    source = tmp_path / "source"
    source.mkdir()
    (source / "mine.py").write_text("x = 1")
    info = tmp_path / "site" / "mine-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
    (info / "direct_url.json").write_text(
        json.dumps({"url": source.as_uri(), "dir_info": {"editable": True}})
    )
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    before = distributions.installed("mine")
    assert before.startswith("1.0 (editable, ")
    (source / "mine.py").write_text("x = 2")
    now = distributions.installed("mine")
    assert now != before
    assert distributions.changed({"mine": before}, {"mine": now}) == [
        f"mine: {before} → {now}"
    ]


def test_a_distribution_that_is_gone_is_a_change_and_one_that_is_as_it_was_is_none():
    before = {"numpy": "1.0", "gone": "2.0", "same": "3.0"}
    now = {"numpy": "1.1", "gone": "not installed", "same": "3.0", "new": "1"}
    assert distributions.changed(before, now) == [
        "numpy: 1.0 → 1.1",
        "gone: 2.0 → not installed",
    ]


def test_every_module_has_the_distributions_that_the_library_finds():
    found, expected = distributions._providers(), metadata.packages_distributions()
    assert expected
    for module, names in expected.items():
        assert set(names) <= set(found[module]), module


def test_modules_are_found_by_the_list_of_files():
    listed = [
        "pkg/__init__.py,sha256=abc,12",
        "pkg/data/words.txt,sha256=abc,12",
        "single.py,,",
        "compiled.cpython-311-x86_64-linux-gnu.so,sha256=abc,12",
        '"quoted, name/mod.py",,',
        "folder/data.json,,",
        "pkg-1.0.dist-info/METADATA,sha256=abc,12",
        "pkg.libs/libx.so,sha256=abc,12",
        "../../../bin/tool.py,sha256=abc,12",
    ]
    assert distributions._tops_of(listed) == {"pkg", "single", "compiled"}
    without_hashes = ["pkg/__init__.py", "folder/data.json", "single.py"]
    assert distributions._tops_of(without_hashes) == {"pkg", "single"}


def test_a_name_is_read_from_the_metadata(tmp_path, monkeypatch):
    info = tmp_path / "mine-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: Mine.Own\nVersion: 1.0\n\nName: of the text\n"
    )
    (info / "RECORD").write_text("mine/__init__.py,,\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    distributions._providers.cache_clear()
    try:
        assert distributions._providers()["mine"] == ["Mine.Own"]
    finally:
        distributions._providers.cache_clear()
