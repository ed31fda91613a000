"""Columns: which components an arm has, with a check mark for each step of the ladder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sweep.model.arm import Arm
from sweep.report.columns.protocol import ColumnGroup
from sweep.report.evidence import Evidence
from sweep.report.table import Cell, Column, Notes

CHECK = "✓"


def columns(evidence: Evidence, notes: Notes) -> ColumnGroup:
    """One column a step of the ladder: a step has its own and all before it, another arm those
    whose settings it has.
    """
    arms = list(evidence.arms.values())
    found = components(arms)
    rungs = [arm.name for arm in arms if arm.design == "ladder"]
    group = [Column(f"component.{name}", name, "center") for name in found]
    cells = []
    for arm in arms:
        if arm.design == "ladder":
            on = [position <= rungs.index(arm.name) for position in range(len(found))]
        else:
            on = has_components(arm, list(found.values()))
        cells.append([Cell(CHECK if each else "", {"": each}) for each in on])
    return ColumnGroup(group, cells)


def has_components(arm: Arm, settings: Sequence[Mapping[str, object]]) -> list[bool]:
    """Whether an arm has each component of a ladder, from its configuration.

    It has one if each of its settings is as the component sets it, or as a later component that the
    arm has overrides it.
    """
    on = [False] * len(settings)
    for position in reversed(range(len(settings))):
        later = [settings[i] for i in range(position + 1, len(settings)) if on[i]]
        on[position] = bool(settings[position])
        for key, value in settings[position].items():
            allowed = [value, *(other[key] for other in later if key in other)]
            if key not in arm.config or arm.config[key] not in allowed:
                on[position] = False
    return on


def components(arms: Sequence[Arm]) -> dict[str, dict[str, object]]:
    """Component → the settings that switch it on: what its step changes in the step before."""
    by_name = {arm.name: arm for arm in arms}
    found: dict[str, dict[str, object]] = {}
    for arm in arms:
        if arm.design == "ladder":
            before = by_name[arm.previous or "baseline"].config
            missing = object()
            changed = {
                k: v for k, v in arm.config.items() if before.get(k, missing) != v
            }
            found[arm.name.removeprefix("+").strip()] = changed
    return found
