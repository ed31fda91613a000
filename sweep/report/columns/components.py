"""Columns: which components an arm has, with a check mark for each step of the ladder."""

from __future__ import annotations

from collections.abc import Sequence

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
        row = []
        for position, settings in enumerate(found.values()):
            if arm.design == "ladder":
                on = position <= rungs.index(arm.name)
            else:
                on = bool(settings) and all(
                    k in arm.config and arm.config[k] == v for k, v in settings.items()
                )
            row.append(Cell(CHECK if on else "", {"": on}))
        cells.append(row)
    return ColumnGroup(group, cells)


def components(arms: Sequence[Arm]) -> dict[str, dict[str, object]]:
    """Component → the settings that switch it on: what its step changes in the step before."""
    by_name = {arm.name: arm for arm in arms}
    found: dict[str, dict[str, object]] = {}
    for arm in arms:
        if arm.design == "ladder":
            before = by_name[arm.previous or "baseline"].config
            missing = object()
            changed = {k: v for k, v in arm.config.items() if before.get(k, missing) != v}
            found[arm.name.removeprefix("+").strip()] = changed
    return found
