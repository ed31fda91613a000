"""The versions a report depends on are named, and those that are others."""

from importlib import metadata

from sweep.report.versions import changed, versions


def test_libraries_that_make_the_report_are_named_with_their_versions():
    found = versions()
    for name in ("matplotlib", "scipy", "pandas", "pyarrow"):
        assert found[name] == metadata.version(name)
    assert "(" in found["sweep"], (
        "a checkout has no version of its own: its code is hashed"
    )


def test_only_versions_that_differ_are_named():
    assert changed(versions()) == []
    assert changed({**versions(), "scipy": "0.1"}) == [
        f"scipy 0.1, here {metadata.version('scipy')}"
    ]
    assert changed({"unknown": "1"}) == ["unknown 1, here none"]
