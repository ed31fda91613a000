"""The page with every key of a study file, from the JSON schema that editors use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from types_of_keys import default_in_words, in_words

from sweep import spec

EXAMPLES = Path(__file__).parents[1] / "examples"
# Sections in the order of a study file; those that are not named follow by name.
ORDER = [
    "Study", "Metric", "Parameter", "Group", "Command", "MetricSource", "Flags",
    "Tpe", "GpMultifidelity", "Gp", "Cmaes", "Nsga2", "Qmc", "Random", "Grid", "BruteForce",
    "Pbt",
    "Objective", "Asha", "Median", "Percentile", "Hyperband", "Threshold", "Patient", "Wilcoxon",
    "EarlyTerminate", "Ablation", "Designs", "ConditionalArm", "ScheduledArm", "When",
    "PathDesign", "Retune", "Variance", "SeedsUntilDecided", "Health", "Milestones", "MaxGap",
    "Oscillation", "ReportSpec",
    "Resources", "ResourceRule", "Budget", "Checkpoint", "Trackers", "TensorBoard", "MLflow",
    "WandB", "WandbSweep",
]  # fmt: skip
_OPENING = """# The study file

Every key, from the schema that `sweep schema` prints. A study file is YAML; a key that is not
listed here is refused with its line and the nearest name. Sections are called as in the schema;
below each title stands the key that holds the section.
"""


def text() -> str:
    """The page, in Markdown."""
    sections = spec.json_schema()["$defs"]
    names = [*ORDER, *sorted(set(sections) - set(ORDER))]
    parts = [
        _section(name, sections[name], sections) for name in names if name in sections
    ]
    return "\n\n".join([_OPENING, *parts]) + "\n"


def _section(name: str, schema: Mapping[str, Any], sections: Mapping[str, Any]) -> str:
    schema = _mapping(schema)
    lines = [f"## {name}", ""]
    if where := list(_where(name, sections)):
        lines += ["Under " + ", ".join(f"`{each}`" for each in where) + ".", ""]
    lines += [schema.get("description", ""), ""]
    lines += [*_table(schema), ""]
    example = EXAMPLES / f"{name}.yaml"
    if example.is_file():
        lines += ["```yaml", example.read_text(encoding="utf-8").rstrip(), "```"]
    return "\n".join(lines).rstrip()


def _mapping(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The form with keys, of a section that may also be written as one value."""
    forms = [form for form in schema.get("anyOf", []) if "properties" in form]
    return forms[0] if forms else schema


def _where(name: str, sections: Mapping[str, Any]) -> Iterator[str]:
    """Keys that hold a section, as `Section.key`."""
    wanted = f"#/$defs/{name}"
    for owner, schema in sections.items():
        for key, value in _mapping(schema).get("properties", {}).items():
            if owner != "WandbSweep" and wanted in _references(value):
                yield key if owner == "Study" else f"{owner}.{key}"


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for part in schema:
            yield from _references(part)
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"]
        yield from _references(list(schema.values()))


def _table(schema: Mapping[str, Any]) -> Iterator[str]:
    properties = schema.get("properties", {})
    if not properties:
        return
    yield '<div class="keys" markdown>'
    yield ""
    yield "| key | type | default | meaning |"
    yield "|---|---|---|---|"
    for key, described in properties.items():
        default = (
            "required"
            if key in schema.get("required", [])
            else default_in_words(described)
        )
        meaning = described.get("description", "").replace("|", "\\|")
        meaning = meaning[:1].upper() + meaning[1:]
        yield f"| `{key}` | {in_words(described)} | {default} | {meaning} |"
    yield ""
    yield "</div>"
