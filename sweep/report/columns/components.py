"""Columns: the components that an arm has, with a check mark for each step of the ladder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sweep.model.arm import Arm
from sweep.report.columns.protocol import ColumnGroup
from sweep.report.evidence import Evidence
from sweep.report.table import Cell, Column, Notes

CHECK = "✓"


def columns(evidence: Evidence, notes: Notes) -> ColumnGroup:
    """Return a column for each step of the ladder.

    A step has its own component and those of all earlier steps. Another arm has the components
    whose settings it has.
    """
    arms = list(evidence.arms.values())
    settings = components(arms)
    steps = [arm.name for arm in arms if arm.design == "ladder"]
    group = [Column(f"component.{name}", name, "center") for name in settings]
    cells = []
    for arm in arms:
        if arm.design == "ladder":
            step = steps.index(arm.name)
            present = [position <= step for position in range(len(settings))]
        else:
            present = has_components(arm, list(settings.values()))
        cells.append([_cell(has) for has in present])
    return ColumnGroup(group, cells)


def _cell(has_component: bool) -> Cell:
    """Return the cell that says whether an arm has a component."""
    text = CHECK if has_component else ""
    return Cell(text, {"": has_component})


def has_components(arm: Arm, settings: Sequence[Mapping[str, object]]) -> list[bool]:
    """Return whether an arm has each component of a ladder, by its configuration.

    An arm has a component if it has every setting of the component, either with the component's
    value or with that of a later component that the arm has.
    """
    present = [False] * len(settings)
    later: list[Mapping[str, object]] = []
    for position in reversed(range(len(settings))):
        component = settings[position]
        present[position] = bool(component)
        for key, value in component.items():
            of_later = [other[key] for other in later if key in other]
            allowed = [value, *of_later]
            if key not in arm.config or arm.config[key] not in allowed:
                present[position] = False
        if present[position]:
            later.append(component)
    return present


def components(arms: Sequence[Arm]) -> dict[str, dict[str, object]]:
    """Return component → the settings that its step of the ladder changes in the previous step."""
    by_name = {arm.name: arm for arm in arms}
    settings: dict[str, dict[str, object]] = {}
    for arm in arms:
        if arm.design == "ladder":
            component = arm.name.removeprefix("+").strip()
            previous = by_name[arm.previous or "baseline"]
            settings[component] = _changed(previous.config, arm.config)
    return settings


def _changed(
    before: Mapping[str, object], after: Mapping[str, object]
) -> dict[str, object]:
    """Return the settings of `after` that are new or different in `before`."""
    changed = {}
    for name, value in after.items():
        is_same = name in before and before[name] == value
        if not is_same:
            changed[name] = value
    return changed
