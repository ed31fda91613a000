"""The installed distributions that a process has imported, with their versions."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterable, Mapping, Set
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit

import orjson

# bytes of a file of an editable distribution that is hashed
_LARGEST_SOURCE = 10_000_000
_MODULES = (".py", ".so", ".pyd")  # endings of files that can be imported
_NAME = re.compile(r"^Name:[ \t]*(\S+)[ \t]*$", re.MULTILINE)


def imported(modules: Iterable[str] | None = None) -> dict[str, str]:
    """Distribution → version of everything that was imported; an editable one with a hash.

    Args:
        modules: names of modules, default those that this process has imported.
    """
    names = list(sys.modules) if modules is None else list(modules)
    tops = {name.partition(".")[0] for name in names}
    found: dict[str, str] = {}
    for top in sorted(tops & _providers().keys()):
        for distribution in _providers()[top]:
            found.setdefault(distribution, _version_once(distribution))
    return dict(sorted(found.items()))


def changed(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Distributions whose version has changed: `numpy: 1.26.4 → 2.1.0`.

    The installed version counts, whether or not the distribution is imported.

    Args:
        now: `{name: installed(name)}` for each name in `before`.
    """
    return [
        f"{name}: {version} → {now.get(name, 'not installed')}"
        for name, version in before.items()
        if now.get(name, "not installed") != version
    ]


def installed(name: str) -> str:
    """The version of a distribution as it is installed now."""
    return _version(name)


def resolve() -> None:
    """Compute in advance what makes the first call of `imported` slow."""
    _providers()


@lru_cache(maxsize=1)
def _providers() -> Mapping[str, list[str]]:
    """Top-level module → distributions; a tenth of a second, so it is done once a template.

    `metadata.packages_distributions` takes six times as long: it makes a path of each file.
    """
    providers: dict[str, list[str]] = {}
    for distribution in metadata.distributions():
        name = _name(distribution)
        for top in sorted(_tops(distribution)):
            providers.setdefault(top, []).append(name)
    return providers


def _name(distribution: metadata.Distribution) -> str:
    """The name of a distribution, without parsing the rest of its metadata if possible."""
    found = _NAME.search(distribution.read_text("METADATA") or "")
    return found[1] if found else str(distribution.metadata["Name"])


def _tops(distribution: metadata.Distribution) -> Set[str]:
    """The top-level modules of a distribution, as it declares them or by its files."""
    declared = (distribution.read_text("top_level.txt") or "").split()
    if declared:
        return frozenset(declared)
    listed = distribution.read_text("RECORD")
    if listed is None:  # another installer's list
        return _tops_of(map(str, distribution.files or ()))
    return _tops_of(listed.splitlines())


def _tops_of(files: Iterable[str]) -> Set[str]:
    """The top-level modules of files, which a comma and their hashes may follow."""
    tops: set[str] = set()
    for file in files:
        top, in_folder, _ = file.partition("/")
        if in_folder and (top in tops or "." in top):
            continue
        path = file.partition(",")[0].strip('"')
        if path.endswith(_MODULES):
            tops.add(path.partition("/")[0].partition(".")[0])
    return tops


@cache
def _version_once(name: str) -> str:
    """Resolved once a process: what was imported does not change any more."""
    return _version(name)


def _version(name: str) -> str:
    try:
        distribution = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return "not installed"
    folder = _editable_folder(distribution)
    if folder is None:
        return distribution.version
    return f"{distribution.version} (editable, {_sources(folder)})"


def _editable_folder(distribution: metadata.Distribution) -> Path | None:
    """The folder of an editable distribution's sources (PEP 610)."""
    try:
        text = distribution.read_text("direct_url.json")
        content = orjson.loads(text or "{}")
        if not content.get("dir_info", {}).get("editable"):
            return None
        return Path(unquote(urlsplit(content["url"]).path))
    except (OSError, ValueError, KeyError, AttributeError):
        return None


def _sources(folder: Path) -> str:
    """SHA-256 over the Python files of a folder, 12 hex digits."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        inside = path.relative_to(folder)
        if any(part.startswith(".") for part in inside.parts):
            continue
        try:
            if path.stat().st_size <= _LARGEST_SOURCE:
                total.update(
                    inside.as_posix().encode() + b"\0" + path.read_bytes() + b"\0"
                )
        except OSError:
            continue
    return total.hexdigest()[:12]
