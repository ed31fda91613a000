"""Shell completion of study files, studies, profiles and `--set`.

A shell calls this at every press of the tab key. So nothing here imports more than the YAML reader,
and a file that cannot be read completes to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Any

from typer import Context

import sweep_trainers
from sweep import yaml_file
from sweep.errors import SweepError
from sweep.log.event_log import FILE_NAME

_DOTTED = (
    "search.trials",
    "search.method",
    "search.seeds",
    "search.tasks",
    "ablation.seeds",
    "ablation.folds",
    "ablation.margin",
    "report.tasks",
    "report.scale",
    "resources.gpu",
)


def study_files(context: Context, incomplete: str) -> list[str]:
    """YAML files and folders that complete a path, and names of shipped studies."""
    entries = (
        Path(entry.name) for entry in resources.files("sweep_search_spaces").iterdir()
    )
    shipped = sorted(path.stem for path in entries if path.suffix == ".yaml")
    return [*_paths(incomplete, ".yaml", ".yml"), *_matching(shipped, incomplete)]


def trainers_and_scripts(context: Context, incomplete: str) -> list[str]:
    """The bundled trainers, and Python files."""
    return [*_matching(sweep_trainers.BUNDLED, incomplete), *_paths(incomplete, ".py")]


def studies(context: Context, incomplete: str) -> list[str]:
    """Names of the studies in the results folder."""
    results = Path(context.params.get("results") or "results")
    return _matching(
        sorted(path.parent.name for path in results.glob(f"*/{FILE_NAME}")), incomplete
    )


def profiles(context: Context, incomplete: str) -> list[str]:
    """Profiles of the study file on the command line."""
    return _matching(_section(context, "profiles"), incomplete)


def assignments(context: Context, incomplete: str) -> list[str]:
    """`KEY=` for every parameter of the study file, and for the most used keys."""
    return _matching(
        (f"{key}=" for key in [*_section(context, "parameters"), *_DOTTED]), incomplete
    )


def _matching(words: Iterable[str], incomplete: str) -> list[str]:
    """The words that begin with what was typed."""
    return [word for word in words if word.startswith(incomplete)]


def _paths(incomplete: str, *suffixes: str) -> list[str]:
    """Files with these suffixes, and folders with a slash, that complete what was typed."""
    typed, slash, start = incomplete.rpartition("/")
    folder = Path(f"{typed}{slash}" or ".").expanduser()
    try:
        entries = sorted(
            path
            for path in folder.iterdir()
            if path.name.startswith(start) and path.name[0] != "."
        )
        return [
            f"{typed}{slash}{path.name}{'/' if path.is_dir() else ''}"
            for path in entries
            if path.is_dir() or path.suffix in suffixes
        ]
    except OSError:
        return []


def _section(context: Context, key: str) -> dict[str, Any]:
    """A mapping in the study file on the command line; empty if it cannot be read."""
    # If an option still lacks its value, typer leaves the words before it in `args`.
    named = context.params.get("file") or next(
        (word for word in context.args if not word.startswith("-")), None
    )
    if named is None:
        return {}
    path = Path(named)
    if not path.is_file():
        path = Path(
            str(resources.files("sweep_search_spaces") / path.with_suffix(".yaml").name)
        )
    try:
        section = yaml_file.read(path).data.get(key)
    except SweepError:
        return {}
    return section if isinstance(section, dict) else {}
