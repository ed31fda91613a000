"""Apply `--profile NAME` and `--set KEY=VALUE` to the document before anything is checked.

A key is either a parameter's name or a dotted key of the study file (`search.trials`). A parameter
becomes a constant and keeps its condition. A profile is a mapping of such keys; `--set` is applied
after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sweep.document import Document, KeyPath, dotted
from sweep.errors import UsageError, Violation, nearest, one_of
from sweep.model.domains import contains, describe
from sweep.model.equality import shown
from sweep.spec.entries import Entry, parameter
from sweep.spec.messages import show
from sweep.spec.schema import StudyFile
from sweep.yaml_file import scalar


def parse(assignments: Iterable[str]) -> dict[str, Any]:
    """Parse `["epochs=3", "search.trials=4"]` to `{"epochs": 3, "search.trials": 4}`.

    Values are read as YAML.

    Raises:
        UsageError: an assignment has no `=` or no key.
        StudyFileError: a value is not YAML.
    """
    parsed = {}
    for assignment in assignments:
        key, equals, value = assignment.partition("=")
        if not equals or not key.strip():
            raise UsageError(
                f"--set {assignment!r} is not KEY=VALUE, e.g. --set epochs=3"
            )
        parsed[key.strip()] = scalar(value)
    return parsed


def apply(
    document: Document, overrides: Mapping[str, Any], profile: str | None
) -> tuple[Document, list[Violation]]:
    """Write a profile and overrides into a document.

    Returns:
        The changed document, and what is wrong with the profile and the overrides.
    """
    violations: list[Violation] = []
    profiles = document.data.get("profiles")
    profiles = profiles if isinstance(profiles, dict) else {}
    for name, values in profiles.items():
        if isinstance(values, dict) and name != profile:
            # Profiles that are not used are checked as well.
            _, wrong = _write(document, values, ("profiles", name))
            violations += wrong
    if profile is not None:
        if profile in profiles and isinstance(profiles[profile], dict):
            document, wrong = _write(document, profiles[profile], ("profiles", profile))
            violations += wrong
        elif profile not in profiles:
            allowed = (
                one_of(profiles, profile)
                if profiles
                else "this study file has no profiles"
            )
            violations.append(
                Violation(
                    0, f"--profile {profile}", "there is no such profile", allowed
                )
            )
    document, wrong = _write(document, overrides, None)
    return document, violations + wrong


def _write(
    document: Document, values: Mapping[str, Any], source: KeyPath | None
) -> tuple[Document, list[Violation]]:
    violations = []
    for key, value in values.items():
        source_path: KeyPath = (*source, key) if source else ()
        line = document.line_of(source_path) if source_path else 0
        label = dotted(source_path) if source_path else f"--set {key}"
        path = _path(document, key)
        if isinstance(path, str):
            violations.append(
                Violation(
                    line,
                    label,
                    "is neither a parameter nor a key of the study file",
                    path,
                )
            )
            continue
        domain_text = _outside(document, path, value)
        if domain_text:
            violations.append(
                Violation(
                    line,
                    label,
                    f"{show(value)} is not in the parameter's domain",
                    domain_text,
                )
            )
            continue
        try:
            document = document.replaced(path, _fixed(document, path, value), line)
        except KeyError as error:
            violations.append(
                Violation(
                    line,
                    label,
                    f"{error.args[0]} is not a mapping, so no key of it can be set",
                )
            )
    return document, violations


def _path(document: Document, key: str) -> KeyPath | str:
    """The path that a key stands for; or, as text, what is allowed instead."""
    parameters = document.data.get("parameters")
    names = list(parameters) if isinstance(parameters, dict) else []
    if key in names:
        return ("parameters", key)
    parts = tuple(key.split("."))
    if parts[0] == "parameters" and len(parts) > 1:
        return parts if parts[1] in names else one_of(names, parts[1])
    if parts[0] in StudyFile.model_fields and parts[0] not in (
        "parameters",
        "profiles",
    ):
        return parts  # what is below is checked with the rest of the file
    guess = nearest(
        key,
        [
            *names,
            "search.trials",
            "search.seeds",
            "search.seed",
            "ablation.seeds",
            "ablation.folds",
        ],
    )
    hint = f"did you mean {guess!r}? " if guess else ""
    return (
        f"{hint}a parameter ({', '.join(names)}) or a dotted key such as search.trials"
    )


def _entry(document: Document, path: KeyPath) -> dict[str, Any] | None:
    """The parameter's mapping, if the path names a whole parameter."""
    if len(path) != 2 or path[0] != "parameters":
        return None
    entry = document.data["parameters"][path[1]]
    return entry if isinstance(entry, dict) else None


def _outside(document: Document, path: KeyPath, value: Any) -> str:
    """What the parameter's domain allows, if it does not contain `value`; otherwise ""."""
    entry = _entry(document, path)
    if entry is None or "value" in entry or isinstance(value, dict):
        return ""
    try:
        read = parameter(str(path[1]), Entry.model_validate(entry), lambda *_: None)
    except ValueError:  # reported where it stands
        return ""
    return "" if read is None or contains(read.domain, value) else describe(read.domain)


def _fixed(document: Document, path: KeyPath, value: Any) -> Any:
    """A parameter's new entry: one value under the same condition. Other keys take `value`.

    A task parameter stays a task parameter; the study then has this task only.
    """
    entry = _entry(document, path)
    if entry is None or isinstance(value, dict):
        return value
    if entry.get("role") == "task":
        task_values = entry.get("at")
        task_values = task_values if isinstance(task_values, dict) else {}
        chosen = {
            task: at for task, at in task_values.items() if shown(task) == shown(value)
        }
        return {"values": [value], "role": "task", "at": chosen}
    return {"value": value, **({"when": entry["when"]} if "when" in entry else {})}
